// The table: sorted by any column, narrowed by words and by kind, and the place where arms are chosen to be drawn.
const FEW = 20;
const KINDS = [["", "all methods"], ["alone", "alone"], ["on SGE", "on SGE"], ["composition", "compositions"]];

// view: {columns, lines, base}; state: {chosen, sort, text, kind, all}; toggle(name) chooses an arm or lets it go
function boardTable(state, toggle) {
  const status = h("p", { class: "small", role: "status" });
  const place = h("div", { class: "scroll board", tabindex: "0", role: "region", "aria-label": "The board" });
  const more = h("button", { type: "button", onclick: () => { state.all = !state.all; draw(); } });
  const search = h("input", { type: "search", "aria-label": "Find a method", oninput: () => { state.text = search.value.toLowerCase(); draw(); } });
  const tools = h("div", { class: "controls tools" },
    h("label", { class: "field" }, h("span", {}, "Find"), search), select("Show", KINDS, state.kind, (value) => { state.kind = value; draw(); }));
  const node = h("div", {}, tools, status, place, more);
  let view = null;

  function draw() {
    const sorted = sortedNames(view, state);
    const found = sorted.filter((name) => matches(name, state));
    const shown = state.all || found.length <= FEW ? found : found.filter((name, i) => i < FEW || isReference(name) || state.chosen.has(name));
    const focused = document.activeElement?.dataset?.key;
    const rows = shown.map((name) => armRow(name, view, state, toggle));
    if (view.base && !state.text) rows.push(baseRow(view));
    place.replaceChildren(h("table", { class: "numbers" },
      h("thead", {}, h("tr", {}, headers(view, state, sortBy))), h("tbody", {}, rows)));
    status.textContent = `${plural(found.length, "method")} of ${sorted.length}${shown.length < found.length ? `, ${shown.length} shown` : ""}; ${plural(state.chosen.size, "method")} chosen for the curves`;
    more.hidden = found.length <= FEW;
    more.textContent = state.all ? `Show the first ${FEW}` : `Show all ${found.length}`;
    if (focused) $$("[data-key]", place).find((one) => one.dataset.key === focused)?.focus();
  }
  function sortBy(id) {
    const one = view.columns.find((own) => own.id === id);
    const first = !one || one.best === "low" ? 1 : -1;
    state.sort = state.sort.id === id ? { id, way: -state.sort.way } : { id, way: first };
    draw();
  }
  return { node, draw, show(next) { view = next; if (state.sort.id !== "name" && !view.columns.some((one) => one.id === state.sort.id)) state.sort = { id: "rank", way: 1 }; draw(); } };
}

function sortedNames(view, { sort }) {
  const one = view.columns.find((own) => own.id === sort.id);
  const main = view.columns[1];
  const compare = (a, b) => {
    if (!one) return sort.way * a.localeCompare(b);
    const [x, y] = [one.value(view.lines[a]), one.value(view.lines[b])];
    if (x === null || y === null) return (x === null) - (y === null) || a.localeCompare(b);
    return sort.way * (x - y) || main.value(view.lines[b]) - main.value(view.lines[a]) || a.localeCompare(b);
  };
  return Object.keys(view.lines).sort(compare);
}
function matches(name, { text, kind }) {
  const one = ABOUT.get(name);
  return (!kind || one.kind === kind) && [name, one.text, one.kind, ...one.papers].join(" ").toLowerCase().includes(text);
}
function headers(view, { sort }, sortBy) {
  const all = [{ id: "name", title: "method", explain: "" }, ...view.columns];
  return all.map(({ id, title, explain }) => h("th", { scope: "col", "aria-sort": sort.id === id ? (sort.way > 0 ? "ascending" : "descending") : null },
    h("button", { type: "button", "data-key": `sort ${id}`, title: explain || null, onclick: () => sortBy(id) }, title)));
}
function armRow(name, view, state, toggle) {
  const one = ABOUT.get(name);
  const line = view.lines[name];
  const reference = isReference(name);
  const drawn = state.colour(name);
  const box = h("input", { type: "checkbox", "aria-label": `draw ${name}`, "data-key": `arm ${name}`, checked: reference || state.chosen.has(name), onchange: () => toggle(name) });
  box.disabled = reference;
  const papers = one.papers.map((paper) => [" ", h("a", { href: `https://arxiv.org/abs/${paper}`, rel: "noreferrer" }, paper)]);
  const head = h("div", { class: `pick ${drawn?.colour || ""}` }, box, h("div", {},
    h("span", { class: "name" }, breakable(name), drawn ? swatch(drawn) : null),
    line.errors ? [" ", h("span", { class: "badge bad" }, `${plural(line.errors, "seed")} broke off`)] : null,
    h("div", { class: "about" }, one.text, one.settings ? ` Set: ${one.settings}.` : "", papers)));
  const click = (event) => { if (!reference && !event.target.closest("a, input")) toggle(name); };
  return h("tr", { class: reference ? "reference" : null, "data-arm": name, onclick: click },
    h("th", { scope: "row" }, head), view.columns.map((own) => h("td", {}, own.cell(line))));
}
function baseRow(view) {
  return h("tr", { class: "base" },
    h("th", { scope: "row" }, h("span", { class: "name" }, "untrained model"), h("div", { class: "about" }, "Measured on the training tasks alone.")),
    view.columns.map((own) => h("td", {}, own.value(view.base) === null ? "–" : own.cell(view.base))));
}
