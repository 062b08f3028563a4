// Says of one element what it is: its role, name, value and states. Runs after look.js, in the outermost frame.
() => {
  "use strict";
  const KEY = Symbol.for("sge_envs.page");
  if (window.parent !== window || !window[KEY]) return;
  const { clock, look } = window[KEY];
  const { numberOf, tidy, styleOf, boxOf, standIn, isChoice } = look;
  const TEXT = 300; // characters of one name or value, unless it is a text of its own
  const SHAPES = new Set("circle ellipse rect line polygon polyline path text word image".split(" "));
  const ROLES = {
    A: "link",
    BUTTON: "button",
    TEXTAREA: "textbox",
    SUMMARY: "summary",
    IMG: "image",
    CANVAS: "canvas",
    OPTION: "option",
    PROGRESS: "progressbar",
    METER: "meter",
    VIDEO: "video",
    AUDIO: "audio",
    H1: "heading",
    H2: "heading",
    H3: "heading",
    H4: "heading",
    H5: "heading",
    H6: "heading",
    DIALOG: "dialog",
    NAV: "navigation",
    MAIN: "main",
    ASIDE: "aside",
    FIELDSET: "group",
    FORM: "form",
    SECTION: "region",
    LI: "item",
    TR: "row",
    HEADER: "header",
    FOOTER: "footer",
    ARTICLE: "article",
    IFRAME: "frame",
    DETAILS: "details",
  };
  const INPUTS = {
    button: "button",
    submit: "button",
    reset: "button",
    image: "button",
    checkbox: "checkbox",
    radio: "radio",
    range: "slider",
    number: "spinbutton",
    search: "searchbox",
    file: "file",
    color: "color",
    hidden: null,
  };
  // Elements that a player acts on. The names of most of them are what they hold.
  const ACTIVE = new Set([
    ..."link button textbox searchbox checkbox radio slider spinbutton combobox listbox option tab menuitem".split(" "),
    ..."menuitemcheckbox menuitemradio switch treeitem summary file color image canvas video audio clickable".split(
      " ",
    ),
  ]);
  const NAMED_BY_CONTENT = new Set([
    ..."link button option tab menuitem menuitemcheckbox menuitemradio treeitem summary clickable heading switch".split(
      " ",
    ),
  ]);

  const cut = (text, size = TEXT) => (text.length > size ? `${text.slice(0, size)}…` : text);
  const textOf = (element) => tidy(element.innerText ?? element.textContent);

  const COLORS = Object.entries({
    black: "0,0,0",
    white: "255,255,255",
    red: "255,0,0",
    lime: "0,255,0",
    blue: "0,0,255",
    yellow: "255,255,0",
    cyan: "0,255,255",
    magenta: "255,0,255",
    silver: "192,192,192",
    grey: "128,128,128",
    maroon: "128,0,0",
    olive: "128,128,0",
    green: "0,128,0",
    purple: "128,0,128",
    teal: "0,128,128",
    navy: "0,0,128",
    orange: "255,165,0",
    pink: "255,192,203",
    brown: "165,42,42",
    violet: "238,130,238",
    gold: "255,215,0",
  });
  const colorName = (css) => {
    const parts = css.match(/[\d.]+/g);
    if (!parts || (parts.length > 3 && Number(parts[3]) === 0)) return "";
    const rgb = parts.slice(0, 3).join(",");
    return COLORS.find(([, value]) => value === rgb)?.[0] ?? `rgb(${rgb})`;
  };

  // Role, name, value, states ------------------------------------------------------------------------------------------

  const listens = (element) =>
    (clock.heard.has(element) || element.onclick !== null || element.onmousedown !== null) &&
    element !== element.ownerDocument.body &&
    element !== element.ownerDocument.documentElement;

  const roleOf = (element) => {
    const given = tidy(element.getAttribute("role")).split(" ")[0].toLowerCase();
    if (given && given !== "presentation" && given !== "none") return given;
    const tag = element.tagName;
    if (tag === "INPUT") return element.type in INPUTS ? INPUTS[element.type] : "textbox";
    if (tag === "SELECT") return element.multiple || element.size > 1 ? "listbox" : "combobox";
    if (tag === "A" && !element.hasAttribute("href")) return pressable(element) ? "clickable" : null;
    if (tag === "LABEL") return null;
    if (element.isContentEditable && !element.parentElement?.isContentEditable) return "textbox";
    if (tag in ROLES && (ACTIVE.has(ROLES[tag]) || !pressable(element))) return ROLES[tag];
    if (SHAPES.has(tag.toLowerCase()) && element.ownerSVGElement) return tag === "text" ? "word" : tag.toLowerCase();
    return pressable(element) ? "clickable" : (ROLES[tag] ?? null);
  };
  // Listening is no proof: lists listen for their items. One that holds others that are pressed is not pressed itself.
  const pressable = (element) =>
    (listens(element) || (element.hasAttribute("tabindex") && (element.tabIndex >= 0 || element.childElementCount === 0)) || element.draggable) &&
    element.querySelector(
      "a[href],button,input,select,textarea,summary,[role],[tabindex],div,p,li,tr,section,article",
    ) === null &&
    ![...element.querySelectorAll("*")].some(listens);

  const nameOf = (element, role) => {
    const root = element.getRootNode();
    const ids = tidy(element.getAttribute("aria-labelledby")).split(" ").filter(Boolean);
    const pointed = tidy(ids.map((id) => root.getElementById?.(id)?.textContent ?? "").join(" "));
    if (pointed) return pointed;
    const said = tidy(element.getAttribute("aria-label"));
    if (said) return said;
    if (element.tagName !== "FORM" && element.labels?.length) { // of a form it may be a field called so
      const label = tidy([...element.labels].map(labelText).join(" "));
      if (label) return label;
    }
    if (element.tagName === "INPUT" && role === "button") return tidy(element.value || element.alt || element.type);
    if (element.tagName === "IMG") return tidy(element.alt || element.title);
    if (element.tagName === "FIELDSET") return tidy(element.querySelector("legend")?.textContent);
    if (element.tagName === "IFRAME") return tidy(element.title || element.name);
    if (element.tagName.toLowerCase() === "text") return tidy(element.textContent);
    if (NAMED_BY_CONTENT.has(role)) {
      const images = [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join(" ");
      const text = textOf(element) || tidy(images);
      if (text) return text;
    }
    return tidy(element.getAttribute("title") ?? element.querySelector?.(":scope > title")?.textContent);
  };
  // The text of a label without that of the field inside it.
  const labelText = (label) => {
    if (!label.querySelector("select,textarea,button")) return textOf(label);
    const copy = label.cloneNode(true);
    copy.querySelectorAll("select,textarea,button").forEach((inner) => inner.remove());
    return tidy(copy.textContent);
  };

  const valueOf = (element, role) => {
    if (role === "combobox" && element.tagName === "SELECT") return tidy(element.selectedOptions[0]?.label);
    if (
      element.tagName === "TEXTAREA" ||
      (element.tagName === "INPUT" &&
        ["textbox", "searchbox", "slider", "spinbutton", "combobox", "color"].includes(role))
    ) {
      return element.type === "password" ? "•".repeat(element.value.length) : element.value;
    }
    if (role === "file") return [...element.files].map((file) => file.name).join(", ");
    if (element.isContentEditable) return element.innerText.replace(/\n$/, "");
    if (element.tagName === "PROGRESS" || element.tagName === "METER") return String(element.value);
    return element.getAttribute("aria-valuetext") ?? element.getAttribute("aria-valuenow");
  };

  const statesOf = (element, role, focus) => {
    const aria = (name) => element.getAttribute(`aria-${name}`);
    const states = [];
    const say = (condition, word) => condition && states.push(word);
    say(element === focus, "focused");
    say(element.checked === true || aria("checked") === "true", "checked");
    say(element.indeterminate === true || aria("checked") === "mixed", "mixed");
    say(aria("selected") === "true" || (element.tagName === "OPTION" && element.selected), "selected");
    say(aria("pressed") === "true", "pressed");
    say(aria("expanded") === "true" || (role === "summary" && element.parentElement?.open), "expanded");
    say(aria("expanded") === "false" || (role === "summary" && element.parentElement?.open === false), "collapsed");
    say(aria("current") !== null && aria("current") !== "false", "current");
    say(element.matches(":disabled") || aria("disabled") === "true", "disabled");
    say(element.readOnly === true && "value" in element && !isChoice(element), "readonly");
    say(element.required === true || aria("required") === "true", "required");
    say(aria("invalid") === "true" || element.matches(":user-invalid"), "invalid");
    say(element.tagName === "DIALOG" && element.matches(":modal"), "modal");
    say(element.draggable === true && !["A", "IMG"].includes(element.tagName), "draggable");
    return states;
  };

  const traitsOf = (element, role, name) => {
    const traits = {};
    if (
      element.tagName === "INPUT" &&
      ["textbox", "checkbox"].includes(role) &&
      !["text", "checkbox"].includes(element.type)
    )
      traits.type = element.type;
    if (element.placeholder) traits.placeholder = tidy(element.placeholder);
    for (const bound of ["min", "max", "step"])
      if (["slider", "spinbutton"].includes(role) && element[bound]) traits[bound] = element[bound];
    if (element.tagName === "SELECT") traits.options = [...element.options].map((option) => tidy(option.label));
    if (role === "listbox" && element.tagName === "SELECT")
      traits.chosen = [...element.selectedOptions].map((option) => tidy(option.label));
    if (role === "heading") traits.level = Number(element.getAttribute("aria-level") ?? element.tagName[1]) || 2;
    if (element.ownerSVGElement)
      traits.color = colorName(role === "line" ? styleOf(element).stroke : styleOf(element).fill);
    if (!name && ACTIVE.has(role) && !("value" in element)) {
      traits.hint = [element.id && `#${element.id}`, ...[...element.classList].map((word) => `.${word}`)]
        .filter(Boolean)
        .slice(0, 4)
        .join("");
      traits.color = colorName(styleOf(element).backgroundColor);
    }
    return traits;
  };

  const describe = (element, role, depth, focus) => {
    const name = nameOf(element, role);
    const value = valueOf(element, role);
    const box = boxOf(standIn(element));
    return {
      uid: numberOf(element),
      depth,
      role,
      name: cut(name),
      value: value === null ? null : cut(value, 2000),
      states: statesOf(element, role, focus),
      traits: traitsOf(element, role, name),
      box: [box.x, box.y, box.width, box.height].map(Math.round),
      active: ACTIVE.has(role) || SHAPES.has(role),
      tag: element.tagName.toLowerCase(),
    };
  };

  window[KEY].words = { ACTIVE, SHAPES, listens, pressable, roleOf, nameOf, describe };
};
