// What actions do inside of a page. Runs after look.js, in the outermost frame.
() => {
  "use strict";
  const KEY = Symbol.for("sge_envs.page");
  if (window.parent !== window || !window[KEY]) return;
  const { look } = window[KEY];
  const { find, numberOf, tidy, offset, shown, standIn, isChoice, scrolls, hit, parentOf, within } = look;

  // Points of an element that are worth a try: the middle of each of its boxes, then places around it.
  const places = (element) => {
    const [dx, dy] = offset(element);
    const boxes = [...element.getClientRects()].filter((box) => box.width > 0 || box.height > 0);
    boxes.sort((a, b) => b.width * b.height - a.width * a.height);
    const at = (box, fx, fy) => [box.x + dx + box.width * fx, box.y + dy + box.height * fy];
    const middles = boxes.slice(0, 4).map((box) => at(box, 0.5, 0.5));
    const around = boxes
      .slice(0, 1)
      .flatMap((box) => [0.2, 0.8, 0.05, 0.95].flatMap((fx) => [0.2, 0.8, 0.5].map((fy) => at(box, fx, fy))));
    return [...middles, ...around];
  };

  const aim = (uid) => {
    const asked = find(uid);
    if (!asked?.isConnected) return { error: "gone" };
    const element = standIn(asked);
    if (!shown(element)) return { error: "hidden" };
    if (asked.matches(":disabled")) return { error: "disabled" };
    const labels = [...(asked.labels ?? [])];
    const reach = () =>
      places(element).find(([x, y]) => {
        const found = hit(x, y);
        return found && (within(found, element) || labels.some((label) => within(found, label) && isChoice(asked)));
      });
    let point = reach();
    if (!point) {
      element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      point = reach();
    }
    if (point) return { x: point[0], y: point[1] };
    const over = hit(...(places(element)[0] ?? [-1, -1]));
    return { error: "covered", by: over ? numberOf(over) : null, inside: over ? chain(over) : [] };
  };
  const chain = (element) => {
    const numbers = [];
    for (let one = element; one; one = parentOf(one)) numbers.push(numberOf(one));
    return numbers;
  };

  const FIXED = new Set(["date", "time", "month", "week", "datetime-local", "color", "range"]);

  // Puts the caret into a field: "all" of it selected, at its "end", or where it is. "set": it takes a whole value only.
  const caret = (uid, where) => {
    const element = find(uid);
    if (!element?.isConnected) return "gone";
    const field =
      element.tagName === "TEXTAREA" ||
      (element.tagName === "INPUT" &&
        !["checkbox", "radio", "button", "submit", "reset", "image", "file"].includes(element.type));
    if (element.tagName === "INPUT" && element.type === "file") return "file";
    if (!field && !element.isContentEditable) return "no field";
    if (element.readOnly) return "readonly";
    if (FIXED.has(element.type)) return "set";
    if (where === "there" && element === document.activeElement) return "ready";
    element.focus();
    if (where === "there") return "ready";
    if (element.isContentEditable && !field) {
      const range = element.ownerDocument.createRange();
      range.selectNodeContents(element);
      if (where === "end") range.collapse(false);
      const selection = element.ownerDocument.defaultView.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    } else if (where === "all") element.select();
    else {
      try {
        element.setSelectionRange(element.value.length, element.value.length);
      } catch {
        // fields for numbers and addresses of mail have no caret that a script may move
      }
    }
    return "ready";
  };

  const announce = (element) => {
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const set = (uid, value) => {
    const element = find(uid);
    element.focus();
    const before = element.value;
    const view = element.ownerDocument.defaultView;
    Object.getOwnPropertyDescriptor(view.HTMLInputElement.prototype, "value").set.call(element, value);
    if (element.value !== value && Number(element.value) !== Number(value)) {
      element.value = before;
      return false;
    }
    announce(element);
    return true;
  };

  const choose = (uid, labels) => {
    const element = find(uid);
    if (element?.tagName !== "SELECT") return "no list";
    if (labels.length > 1 && !element.multiple) return "one";
    const same = (option, label) =>
      tidy(option.label).toLowerCase() === tidy(label).toLowerCase() || option.value === label;
    const options = [...element.options];
    const chosen = labels.map((label) => options.find((option) => same(option, label) && !option.disabled));
    if (chosen.includes(undefined)) return "unknown";
    element.focus();
    options.forEach((option) => (option.selected = chosen.includes(option)));
    announce(element);
    return "ready";
  };

  const checked = (uid) => {
    const element = find(uid);
    const aria = element?.getAttribute("aria-checked") ?? element?.getAttribute("aria-pressed");
    if (element && isChoice(element) && element.type !== "file") return element.checked;
    return aria === null || aria === undefined ? null : aria === "true";
  };

  // Scrolls what holds the element, or the page, by so many pixels or most of what is seen; whether it moved.
  const scroll = (uid, right, down, pixels) => {
    const root = document.scrollingElement ?? document.documentElement;
    let element = uid === null ? root : find(uid);
    if (!element?.isConnected) return { error: "gone" };
    while (element && element !== root && !scrolls(element))
      element = element.tagName === "BODY" ? root : parentOf(element);
    element ??= root;
    const before = [element.scrollLeft, element.scrollTop];
    const left = right * (pixels ?? element.clientWidth * 0.8);
    const top = down * (pixels ?? element.clientHeight * 0.8);
    element.scrollBy({ left, top, behavior: "instant" });
    return { moved: before[0] !== element.scrollLeft || before[1] !== element.scrollTop };
  };

  const selected = () => {
    const element = document.activeElement;
    if (element && "selectionStart" in element && typeof element.selectionStart === "number") {
      return element.value.slice(element.selectionStart, element.selectionEnd);
    }
    return String(getSelection());
  };

  // The clipboard is the player's own: the browser's is one for all.
  const clip = (kind, text) => {
    const target = document.activeElement ?? document.body;
    const data = new DataTransfer();
    if (kind === "paste") data.setData("text/plain", text);
    const copied = selected();
    const event = new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true });
    const free = target.dispatchEvent(event);
    if (kind === "paste") {
      if (free) document.execCommand("insertText", false, text);
      return text;
    }
    if (free && kind === "cut") document.execCommand("delete");
    return free ? copied : data.getData("text/plain");
  };

  const follow = (address) => {
    location.assign(address);
    return true;
  };

  window[KEY].hands = { aim, caret, set, choose, checked, scroll, clip, find, follow };
};
