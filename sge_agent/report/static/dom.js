// Building elements. Text only ever becomes text nodes and attributes: no string is parsed as markup anywhere.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, own] of Object.entries(value)) node.style.setProperty(key, own);
    else if (name === "value" || name === "checked" || name === "hidden") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}
const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

const count = (n) => Number(n).toLocaleString("en-US");
const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;
const rate = (x) => (x === null || x === undefined ? "–" : x.toFixed(2));
function short(x) {
  if (x === null || x === undefined) return "–";
  const size = Math.abs(x);
  if (size >= 1e6) return `${+(x / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(x / 1e3).toPrecision(3)}k`;
  return `${+x.toPrecision(3)}`;
}
function clock(seconds) {
  const whole = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
function clip(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
function phaseName(phase) {
  return { before: "before training", train: "training", after: "after training" }[phase] || phase;
}
function when(phase, update) {
  return phase === "train" ? `update ${update}` : phaseName(phase);
}
function select(label, options, value, change, props) {
  const box = h("select", { "aria-label": label, onchange: () => change(box.value), ...props });
  setOptions(box, options, value);
  return h("label", { class: "field" }, h("span", {}, label), box);
}
function setOptions(box, options, value) {
  box.replaceChildren(...options.map(([own, text]) => h("option", { value: own }, text)));
  box.value = value;
  if (box.selectedIndex < 0) box.selectedIndex = 0;
}
// One of a few: buttons in a row, told apart by aria-pressed.
function choice(label, options, value, change) {
  const buttons = options.map(([own, text]) =>
    h("button", { type: "button", "aria-pressed": String(own === value), "data-value": own, onclick: () => pick(own) }, text));
  function pick(own) {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === own));
    change(own);
  }
  return h("div", { class: "choice", role: "group", "aria-label": label }, h("span", {}, label), h("div", { class: "buttons" }, buttons));
}
function table(head, rows, caption) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: "numbers" }, h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map(([first, ...cells]) => h("tr", {}, h("th", { scope: "row" }, first), cells.map((own) => h("td", {}, own)))))));
}
function theme(next) {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = next || (dark ? "light" : "dark");
}
