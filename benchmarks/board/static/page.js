// The frame: which slice is shown, which arms are chosen, and both in the address.
const ALL = "all";
const AXES = { episodes: ["episodes of training", "Episodes", 0], tokens: ["generated tokens", "Tokens", 1] };
const CHOSEN_COLOURS = ["c1", "c2", "c3", "c5"];
const state = { slice: ALL, chosen: new Set(), sort: { id: "rank", way: 1 }, text: "", kind: "", all: false, axis: "episodes", cost: "seconds", colour: colourOf };

function colourOf(name) {
  if (name === "sge") return { colour: "c0" };
  if (name === "grpo") return { colour: "c4" };
  const place = [...state.chosen].indexOf(name);
  return place < 0 ? null : { colour: CHOSEN_COLOURS[place % CHOSEN_COLOURS.length], dashed: Math.floor(place / CHOSEN_COLOURS.length) % 4 || false };
}
const shownSlices = () => DATA.slices.filter((slice) => state.slice === ALL || slice.name === state.slice);
function viewOf() {
  if (state.slice === ALL) return { columns: overallColumns(), lines: overallLines(), base: null };
  const [slice] = shownSlices();
  return { columns: sliceColumns(slice), lines: slice.lines, base: baseLine(slice) };
}
// Before anybody chooses: the best ones of the board that are not drawn anyway.
function bestThree(view) {
  return sortedNames(view, { sort: { id: "rank", way: 1 } }).filter((name) => !isReference(name)).slice(0, 3);
}
function readAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  const wanted = words.get("slice");
  state.slice = DATA.slices.some((slice) => slice.name === wanted) ? wanted : ALL;
  if (words.has("arms")) state.chosen = new Set(words.get("arms").split("|").filter((name) => ABOUT.has(name) && !isReference(name)));
}
function writeAddress() {
  history.replaceState(null, "", `#${new URLSearchParams({ slice: state.slice, arms: [...state.chosen].join("|") })}`);
}

function series(slice) {
  const [, , at] = AXES[state.axis];
  const names = [...REFERENCES, ...state.chosen].filter((name) => slice.curves[name]?.length);
  const drawn = names.map((name) => ({ label: name, ...colourOf(name), dots: false,
    points: slice.curves[name].map((p) => ({ x: p[at], mean: p[2], low: p[3], high: p[4] })) }));
  const base = slice.base["1"];
  const end = Math.max(...drawn.flatMap((one) => one.points.map((p) => p.x)));
  if (base && drawn.length) drawn.push({ label: "untrained", colour: "c4", dashed: 2, points: [0, end].map((x) => ({ x, mean: base[0], low: base[0], high: base[0] })) });
  return drawn;
}
function explanation() {
  return h("details", { class: "words" }, h("summary", {}, "What the columns say"),
    h("dl", {}, [...sliceColumnsOfAll()].map(({ title, explain }) => [h("dt", {}, title.replace("\n", " ")), h("dd", {}, explain)])));
}
function sliceColumnsOfAll() {
  return new Map(DATA.slices.flatMap((slice) => sliceColumns(slice).map((one) => [one.id, one]))).values();
}

function start() {
  const curves = new Map(DATA.slices.map((slice) => [slice.name, chart(slicesName(slice), slice.title)]));
  const clouds = new Map(DATA.slices.map((slice) => [slice.name, scatter(slicesName(slice), state, toggle)]));
  const board = boardTable(state, toggle);
  const slicesNav = h("nav", { "aria-label": "Slices" }, [[ALL, "All slices"], ...DATA.slices.map((slice) => [slice.name, slicesName(slice)])]
    .map(([name, text]) => h("a", { href: `#slice=${name}`, "data-slice": name, onclick: (event) => { event.preventDefault(); open(name); } }, text)));
  const subtitle = h("p", { class: "intro" });
  const claimsPlace = h("div", { class: "claims" });
  const clear = h("button", { type: "button", onclick: () => { state.chosen.clear(); chosen(); } }, "Choose none");
  const seeds = DATA.slices.flatMap((slice) => Object.values(slice.lines).map((line) => line.seeds));
  const main = h("main", { id: "view", tabindex: "-1" }, subtitle,
    h("section", {}, h("h2", {}, "Methods"), h("p", { class: "small" }, "Choose a row to draw its curve below."), explanation(), board.node),
    h("section", {}, h("h2", {}, "Curves"), h("p", { class: "small" }, "Success on the training tasks in evaluations of their own; bands are 95 % intervals over seeds. sge and grpo are always drawn; choose others in the table."),
      h("div", { class: "controls" }, choice("Against", Object.entries(AXES).map(([name, [, text]]) => [name, text]), state.axis, (value) => { state.axis = value; drawCurves(); }), clear),
      h("div", { class: "charts" }, [...curves.values()])),
    h("section", {}, h("h2", {}, "Cost against gain"),
      h("div", { class: "controls" }, choice("Cost", Object.entries(COSTS).map(([name, [, text]]) => [name, text]), state.cost, (value) => { state.cost = value; drawClouds(); })),
      h("ul", { class: "legend" }, KINDS.slice(1).map(([kind, text]) => h("li", {}, svg("svg", { class: `swatch scatter ${classOfKind(kind)}`, width: 14, height: 14, "aria-hidden": "true" }, MARKS[classOfKind(kind)](7, 7)), text))),
      h("div", { class: "charts" }, [...clouds.values()])),
    h("section", {}, h("h2", {}, "Claims of the field"), claimsPlace));
  $("#app").append(
    h("a", { class: "skip", href: "#view", onclick: (event) => { event.preventDefault(); main.focus(); } }, "Skip to the content"),
    h("header", { class: "top" }, h("div", { class: "title" },
      h("div", {}, h("h1", {}, DATA.title), h("p", { class: "facts" }, `${plural(DATA.arms.length, "method")} · ${plural(DATA.slices.length, "slice")} · ${plural(DATA.runs, "run")} · up to ${plural(Math.max(0, ...seeds), "seed")} each`)),
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => theme(), "aria-label": "light or dark" }, "◐"))), slicesNav),
    main);

  function toggle(name) {
    if (isReference(name)) return;
    if (!state.chosen.delete(name)) state.chosen.add(name);
    chosen();
  }
  function chosen() {
    writeAddress();
    board.draw();
    drawCurves();
    for (const figure of clouds.values()) figure.redraw();
  }
  function drawCurves() {
    for (const [name, figure] of curves) {
      const slice = shownSlices().find((one) => one.name === name);
      if (slice) figure.update(series(slice), { top: 1, xLabel: AXES[state.axis][0], xText: short, whole: true });
      else figure.hidden = true;
    }
  }
  function drawClouds() {
    for (const [name, figure] of clouds) {
      const slice = shownSlices().find((one) => one.name === name);
      figure.hidden = !slice;
      if (slice) figure.update(slice, state.cost);
    }
  }
  function show() {
    for (const link of $$("a", slicesNav)) {
      if (link.dataset.slice === state.slice) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const [slice] = shownSlices();
    subtitle.textContent = state.slice === ALL
      ? "Every method plays the same small tasks with the same number of episodes, starting from the same small model; what differs is how it explores."
      : `${slice.title[0].toUpperCase()}${slice.title.slice(1)}.`;
    board.show(viewOf());
    drawCurves();
    drawClouds();
    claimsPlace.replaceChildren(...claims(shownSlices()));
  }
  function open(name) {
    state.slice = name;
    writeAddress();
    show();
  }
  readAddress();
  if (!new URLSearchParams(location.hash.slice(1)).has("arms")) state.chosen = new Set(bestThree(viewOf()));
  addEventListener("hashchange", () => { readAddress(); show(); });
  show();
  document.documentElement.dataset.ready = "yes";
}
start();
