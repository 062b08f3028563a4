// Says as data what a page shows: texts, groups, and what can be acted on. Runs after describe.js.
(settings) => {
  "use strict";
  const KEY = Symbol.for("sge_envs.page");
  if (window.parent !== window || !window[KEY]) return;
  const { clock, look, words } = window[KEY];
  const { numberOf, tidy, styleOf, boxOf, shown, standIn, scrolls } = look;
  const born = [...crypto.getRandomValues(new Uint32Array(2))].join("-"); // names this document
  const { ACTIVE, SHAPES, listens, pressable, roleOf, nameOf, describe } = words;
  const NODES = 3000;
  const SKIP = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "HEAD", "LINK", "META", "TITLE"]);
  // What holds others: a line of its own and the rest further in, where it has a name or is always worth a line.
  const GROUPS = new Set([
    ..."dialog alertdialog navigation main aside group form region item row header footer article frame details".split(
      " ",
    ),
    ..."tabpanel menu menubar toolbar tree list listitem table grid tablist radiogroup search alert status".split(" "),
  ]);
  const ALWAYS = new Set(["dialog", "alertdialog", "frame", "alert", "scrollarea", "clickable"]);

  // The walk ---------------------------------------------------------------------------------------------------------

  class Walk {
    constructor() {
      this.nodes = [];
      this.words = [];
      this.source = null;
      this.depth = 0;
      this.awaited = new Set(); // pictures that are on their way
      this.quiet = 0; // inside of something whose text has been said
      this.focus = document.activeElement;
      while (this.focus?.tagName === "IFRAME" && this.focus.contentDocument)
        this.focus = this.focus.contentDocument.activeElement;
      if (this.focus === this.focus?.ownerDocument.body) this.focus = null;
    }

    flush() {
      const text = tidy(this.words.join(""));
      if (text) {
        const box = boxOf(this.source);
        this.nodes.push({
          uid: numberOf(this.source),
          depth: this.depth,
          role: "text",
          name: text,
          value: null,
          states: [],
          traits: {},
          box: [box.x, box.y, box.width, box.height].map(Math.round),
          active: false,
          tag: this.source.tagName.toLowerCase(),
        });
      }
      this.words = [];
      this.source = null;
    }

    children(parent) {
      const inside =
        parent.tagName === "IFRAME" ? [parent.contentDocument?.body] : (parent.shadowRoot ?? parent).childNodes;
      for (const child of parent.tagName === "SLOT" && parent.assignedNodes().length
        ? parent.assignedNodes()
        : inside) {
        if (this.nodes.length > NODES) return;
        if (child?.nodeType === Node.TEXT_NODE) this.text(child, parent);
        else if (child?.nodeType === Node.ELEMENT_NODE) this.element(child);
      }
    }

    text(node, parent) {
      if (this.quiet > 0 || styleOf(parent).visibility !== "visible") return;
      if (tidy(node.data)) this.source ??= parent;
      this.words.push(node.data);
    }

    element(element) {
      if (SKIP.has(element.tagName) || (settings.ignore && element.matches(settings.ignore))) return;
      if (element.tagName === "BR") return void this.words.push(" ");
      const style = styleOf(element);
      for (const address of pictures(element, style)) this.awaited.add(address);
      if (!shown(standIn(element))) {
        if (element.checkVisibility({ opacityProperty: true }) && element.childElementCount > 0) this.children(element);
        return;
      }
      if (element.tagName === "LABEL" && element.control && shown(standIn(element.control))) return this.label(element);
      const role = roleOf(element);
      const inline = style.display.startsWith("inline") || style.display === "contents";
      if (element.tagName.toLowerCase() === "svg") return this.drawing(element, role);
      if (role !== null && (ACTIVE.has(role) || role === "heading" || SHAPES.has(role)))
        return this.single(element, role);
      if (role !== null && GROUPS.has(role)) return this.group(element, role);
      if (role === null && listens(element)) return this.group(element, "clickable");
      if (scrolls(element) && element !== document.documentElement && element !== document.body)
        return this.group(element, "scrollarea");
      if (!inline) this.flush();
      this.children(element);
      if (!inline) this.flush();
      else if (style.display !== "inline") this.words.push(" ");
    }

    // Its text is the name of its field.
    label(element) {
      this.quiet += 1;
      this.children(element);
      this.quiet -= 1;
    }

    single(element, role) {
      const node = describe(element, role, this.depth, this.focus);
      const outer = this.quiet > 0 ? this.nodes.at(-1)?.name : null;
      const twice = ["link", "clickable"].includes(role) && node.name !== "" && node.name === outer;
      if (!(this.quiet > 0 && (role === "image" || twice))) {
        this.flush();
        this.nodes.push(node);
      }
      if (["SELECT", "TEXTAREA", "IMG"].includes(element.tagName) || element.isContentEditable) return;
      this.quiet += 1;
      this.children(element); // what can be pressed inside of it
      this.quiet -= 1;
    }

    drawing(element, role) {
      const box = element.getBoundingClientRect();
      const small = box.width <= 40 && box.height <= 40;
      this.flush();
      const name = nameOf(element, "image");
      if (pressable(element) || listens(element) || (name && this.quiet === 0)) {
        const kind = role === null || role === "clickable" || role === "img" ? "drawing" : role;
        this.nodes.push({ ...describe(element, kind, this.depth, this.focus), name, active: true });
      }
      if (!small && this.quiet === 0) this.nested(() => this.children(element));
    }

    nested(walk) {
      this.depth += 1;
      walk();
      this.flush();
      this.depth -= 1;
    }

    // A line for the group and the rest further in; without a name, and with one line in it, just that line.
    group(element, role) {
      this.flush();
      const at = this.nodes.length;
      const node = describe(element, role, this.depth, this.focus);
      if (["item", "row", "listitem", "clickable"].includes(role)) node.name = "";
      if (scrolls(element)) {
        node.traits.scrolled = `${Math.round(element.scrollTop)} of ${element.scrollHeight - element.clientHeight}`;
        node.active = true;
      }
      this.nodes.push(node);
      this.nested(() => (element.tagName === "TR" ? this.cells(element) : this.children(element)));
      const inside = this.nodes.slice(at + 1);
      if (role === "clickable" && inside.length === 1 && (inside[0].active || inside[0].role === "text")) {
        const one = inside[0].active ? { ...inside[0], depth: node.depth } : { ...node, name: inside[0].name };
        this.nodes.splice(at, 2, one); // pressing what is inside presses the group
        return;
      }
      if (role === "row" && inside.length > 0 && inside.every((one) => one.role === "text")) {
        this.nodes.splice(at, inside.length + 1, { ...node, name: inside.map((one) => one.name).join(" | ") });
      } else if (
        !node.name &&
        !ALWAYS.has(role) &&
        !node.active &&
        (inside.length < 2 || !["item", "row", "listitem", "menu"].includes(role))
      ) {
        this.nodes.splice(at, 1);
        inside.forEach((one) => (one.depth -= 1));
      } else if (inside.length === 0 && !ALWAYS.has(role) && !node.active) {
        this.nodes.splice(at, 1);
      }
    }

    cells(row) {
      for (const cell of row.cells) {
        this.element(cell);
        this.flush();
      }
    }
  }

  // Pictures take their place when they are there, so a page is read again when those that it shows have come.
  const PATIENCE = 5000; // real milliseconds
  const there = new Set();
  const come = async (address) => {
    const picture = new Image();
    picture.src = address;
    await Promise.race([
      picture.decode().catch(() => null),
      new Promise((resolve) => clock.native.setTimeout(resolve, PATIENCE)),
    ]);
    there.add(address);
  };
  const pictures = (element, style) => {
    const drawn = [style.content, style.backgroundImage].filter((value) => value.startsWith("url("));
    const addresses = drawn.map((value) => value.match(/^url\("(.*?)"\)/)?.[1]);
    if (element.tagName === "IMG" && !element.complete) addresses.push(element.currentSrc || element.src);
    return addresses.filter((address) => address && !there.has(address));
  };

  const walked = () => {
    const walk = new Walk();
    if (document.body) walk.children(document.documentElement);
    walk.flush();
    return walk;
  };

  const read = async () => {
    let walk = walked();
    if (walk.awaited.size > 0) {
      await Promise.all([...walk.awaited].map(come));
      walk = walked();
    }
    const root = document.scrollingElement ?? document.documentElement;
    const found = {
      document: `${born}.${document.body ? numberOf(document.body) : 0}`, // another body is another page
      path: location.pathname + location.search + location.hash,
      origin: location.origin,
      title: tidy(document.title),
      scroll: [root.scrollTop, root.scrollHeight - root.clientHeight].map(Math.round),
      nodes: walk.nodes,
      said: clock.said,
      blocked: clock.blocked,
      popups: clock.popups,
      ready: !window[KEY].leaving,
      probe: settings.probe ? (0, eval)(settings.probe) : null,
    };
    clock.begin(); // whatever happens from now on is the next action's doing
    return JSON.stringify(found);
  };

  window[KEY].read = read;
};
