// What reading a page and acting on it share: elements by number, and where they stand. Runs after time.js.
() => {
  "use strict";
  const KEY = Symbol.for("sge_envs.page");
  if (window.parent !== window || !window[KEY]) return;
  // Elements by number -----------------------------------------------------------------------------------------------

  const numbers = new WeakMap();
  const elements = new Map();
  const numberOf = (element) => {
    if (!numbers.has(element)) {
      elements.set(elements.size + 1, new WeakRef(element));
      numbers.set(element, elements.size);
    }
    return numbers.get(element);
  };
  const find = (number) => elements.get(number)?.deref() ?? null;

  // Looks ------------------------------------------------------------------------------------------------------------

  const tidy = (text) =>
    String(text ?? "")
      .replace(/[\s\u200b\u00ad]+/g, " ")
      .trim();
  const styleOf = (element) => element.ownerDocument.defaultView.getComputedStyle(element);

  // Where the frame of an element stands in the outermost one.
  const offset = (element) => {
    let [x, y] = [0, 0];
    for (let view = element.ownerDocument.defaultView; view && view !== window; view = view.parent) {
      const box = view.frameElement.getBoundingClientRect();
      x += box.x + view.frameElement.clientLeft;
      y += box.y + view.frameElement.clientTop;
    }
    return [x, y];
  };
  const boxOf = (element) => {
    const box = element.getBoundingClientRect();
    const [x, y] = offset(element);
    return { x: box.x + x, y: box.y + y, width: box.width, height: box.height };
  };
  const shown = (element) => {
    if (!element.checkVisibility({ opacityProperty: !isChoice(element), visibilityProperty: true })) return false;
    if (styleOf(element).display === "contents") return true;
    const box = element.getBoundingClientRect();
    const view = element.ownerDocument.defaultView;
    const line = element instanceof view.SVGElement;
    if (line ? box.width + box.height === 0 : box.width <= 1 || box.height <= 1) return false;
    if (box.right > 0 && box.bottom > 0) return true;
    const [left, top] = scrolled(element);
    return box.right + left > 0 && box.bottom + top > 0;
  };
  // How far everything around an element is scrolled: what is still left or above of it all cannot be scrolled to.
  const scrolled = (element) => {
    let [left, top] = [0, 0];
    for (let one = element.parentElement; one; one = one.parentElement) {
      left += one.scrollLeft;
      top += one.scrollTop;
    }
    return [left, top];
  };
  const isChoice = (element) => element.tagName === "INPUT" && ["checkbox", "radio", "file"].includes(element.type);
  // A box that is drawn by its label is pressed at its label.
  const standIn = (element) =>
    isChoice(element) && !shown(element) ? ([...element.labels].find(shown) ?? element) : element;

  const scrolls = (element) => {
    const style = styleOf(element);
    const can = (overflow) => overflow === "auto" || overflow === "scroll";
    return (
      (can(style.overflowY) && element.scrollHeight > element.clientHeight + 1) ||
      (can(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
    );
  };

  const hit = (x, y) => {
    let root = document;
    for (;;) {
      const found = root.elementFromPoint(x, y);
      if (found?.tagName === "IFRAME" && found.contentDocument) {
        const box = found.getBoundingClientRect();
        [x, y, root] = [x - box.x - found.clientLeft, y - box.y - found.clientTop, found.contentDocument];
      } else if (found?.shadowRoot && found.shadowRoot !== root) {
        const inner = found.shadowRoot.elementFromPoint(x, y);
        if (!inner || inner === found) return found;
        root = found.shadowRoot;
      } else return found;
    }
  };

  const parentOf = (element) =>
    element.parentElement ?? element.getRootNode().host ?? element.ownerDocument.defaultView?.frameElement;
  const within = (inner, outer) => {
    for (let one = inner; one; one = parentOf(one)) if (one === outer) return true;
    return false;
  };

  window[KEY].look = {
    find,
    numberOf,
    tidy,
    styleOf,
    offset,
    boxOf,
    shown,
    standIn,
    isChoice,
    scrolls,
    hit,
    parentOf,
    within,
  };
};
