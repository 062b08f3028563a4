// The list of episodes: filters, search, and only those rows in the page that are on the screen.
const ROW = 80;
const NO_FILTER = { run: "", task: "", outcome: "", result: "", phase: "", hint: "", from: "", to: "", q: "" };
const RUN_STEP = 1e8; // an episode's id: its run's number times this, and its own number
const runOf = (id) => store.runs[Math.floor(id / RUN_STEP)];
const numberOf = (id) => id % RUN_STEP;
const episodeLink = (run, i) => `#episodes/${encodeURIComponent(run.name)}/${i}`;
const RESULTS = {
  "": ["any result", () => true],
  success: ["success", (run, i) => run.columns.success[i] === 1],
  failure: ["failure", (run, i) => run.columns.success[i] === 0],
  first: ["first success on its task", (run, i) => run.by.firsts.has(i)],
  broken: ["broke off", (run, i) => run.columns.broken[i] === 1],
};

// The episodes that the filters let through, in the order of the runs and of time. `found` are those whose text matches.
function filtered(filters, found) {
  const ids = [];
  const result = RESULTS[filters.result]?.[1] || (() => true);
  const [from, to] = [filters.from === "" ? -Infinity : Number(filters.from), filters.to === "" ? Infinity : Number(filters.to)];
  for (const run of store.runs) {
    if (filters.run !== "" && filters.run !== run.name) continue;
    const { task, outcome, phase, hinted, update } = run.columns;
    const tables = run.tables;
    const [wantTask, wantOutcome, wantPhase] = [
      filters.task === "" ? -1 : tables.tasks.findIndex((one) => one.key === filters.task),
      filters.outcome === "" ? -1 : tables.outcomes.indexOf(filters.outcome), filters.phase === "" ? -1 : tables.phases.indexOf(filters.phase)];
    if ((filters.task !== "" && wantTask < 0) || (filters.outcome !== "" && wantOutcome < 0) || (filters.phase !== "" && wantPhase < 0)) continue;
    const matches = filters.q ? indexMatch(run, filters.q.toLowerCase()) : null;
    for (let i = 0; i < run.n; i += 1) {
      if (wantTask >= 0 && task[i] !== wantTask) continue;
      if (wantOutcome >= 0 && outcome[i] !== wantOutcome) continue;
      if (wantPhase >= 0 && phase[i] !== wantPhase) continue;
      if (filters.hint !== "" && String(hinted[i]) !== filters.hint) continue;
      if (update[i] < from || update[i] > to || !result(run, i)) continue;
      const id = run.number * RUN_STEP + i;
      if (matches && !matches(i) && !(found && found.has(id))) continue;
      ids.push(id);
    }
  }
  return ids;
}
function indexMatch(run, q) {
  const numbers = (items, text) => new Set(items.flatMap((item, n) => (text(item).toLowerCase().includes(q) ? n : [])));
  const tasks = numbers(run.tables.tasks, (one) => `${one.goal} ${one.key}`);
  const strategies = numbers(run.tables.strategies, String);
  const outcomes = numbers(run.tables.outcomes, String);
  return (i) => tasks.has(run.columns.task[i]) || strategies.has(run.columns.strategy[i]) || outcomes.has(run.columns.outcome[i]);
}
function haystack(body) {
  const turns = body.turns.flatMap((turn) => [turn.o, turn.a, turn.x, ...(turn.s || []).map((segment) => segment[3].join(""))]);
  return [body.hint, body.final, body.feedback, body.error, ...turns].filter(Boolean).join("\n").toLowerCase();
}

// Looks through the texts of those episodes, page by page, as long as `going` says so.
async function searchTexts(filters, going, progress) {
  const q = filters.q.toLowerCase();
  const found = new Set();
  const byPage = new Map();
  for (const id of filtered({ ...filters, q: "" })) {
    const run = runOf(id);
    const key = `${run.number}-${pageOf(run, numberOf(id))}`;
    (byPage.get(key) || byPage.set(key, []).get(key)).push(id);
  }
  let done = 0;
  for (const [key, ids] of byPage) {
    const run = runOf(ids[0]);
    const page = Number(key.split("-")[1]);
    const episodes = await loadPage(run, page);
    if (!going()) return null;
    const start = pageStart(run, page);
    for (const id of ids) if (episodes[numberOf(id) - start] && haystack(episodes[numberOf(id) - start]).includes(q)) found.add(id);
    done += 1;
    progress(found, done, byPage.size);
    if (done % 4 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return found;
}

function buildEpisodes() {
  const filters = { ...NO_FILTER };
  const state = { ids: [], at: -1, id: -1, found: null, search: 0, wanted: false };
  const total = h("p", { class: "small", role: "status" });
  const inner = h("div", { class: "rows" });
  const scroller = h("div", { class: "scroller", role: "listbox", tabindex: "0", "aria-label": "Episodes" }, inner);
  const viewer = buildViewer({ step: (by) => move(by), back: () => { node.classList.remove("reading"); scroller.focus(); }, query: () => filters.q });
  const search = h("input", { type: "search", placeholder: "strategies, observations, actions … ( / )", "aria-label": "Search all text", oninput: () => later(), onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); firstFound(); } } });
  const boxes = {};
  const bar = h("details", { class: "filters" }, h("summary", {}, "Filters"), h("div", { class: "fields" }));
  bar.open = matchMedia("(min-width: 900px)").matches;
  const node = h("section", { class: "episodes" },
    h("div", { class: "side" }, h("div", { class: "search" }, search, h("button", { type: "button", onclick: clear }, "Clear")), bar, total, scroller), viewer.node);
  buildFields();

  function buildFields() {
    const fields = $(".fields", bar);
    const add = (name, label) => { boxes[name] = select(label, [], "", (value) => set({ [name]: value })); fields.append(boxes[name]); };
    if (store.runs.length > 1) add("run", "Run");
    for (const [name, label] of [["task", "Task"], ["result", "Result"], ["outcome", "Outcome"], ["phase", "Phase"], ["hint", "Hint"]]) add(name, label);
    const number = (name, label) => { boxes[name] = h("label", { class: "field" }, h("span", {}, label), h("input", { type: "number", min: 0, inputmode: "numeric", oninput: (event) => set({ [name]: event.target.value }) })); return boxes[name]; };
    fields.append(h("div", { class: "pair" }, number("from", "Update from"), number("to", "to")));
    fillFields();
  }
  function fillFields() {
    const union = (read) => [...new Set(store.runs.flatMap(read))];
    const names = new Map(store.runs.flatMap((run) => run.tables.tasks.map((one) => [one.key, one.goal ? `${one.goal} · ${one.key}` : one.key])));
    const used = (run, table, column) => { const seen = new Set(run.columns[column]); return run.tables[table].filter((_, n) => seen.has(n)); };
    const lists = {
      run: store.runs.map((run) => [run.name, run.name]),
      task: [...names].sort((a, b) => (a[1] < b[1] ? -1 : 1)),
      result: Object.entries(RESULTS).slice(1).map(([value, [text]]) => [value, text]),
      outcome: union((run) => used(run, "outcomes", "outcome")).sort().map((text) => [text, text]),
      phase: union((run) => run.tables.phases).map((text) => [text, phaseName(text)]),
      hint: [["1", "with hint"], ["0", "without hint"]],
    };
    for (const [name, box] of Object.entries(boxes)) {
      if (lists[name]) setOptions($("select", box), [["", "any"], ...lists[name]], filters[name]);
      else $("input", box).value = filters[name];
    }
    search.value = filters.q;
  }
  let timer = 0;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => set({ q: search.value.trim() }), 180);
  }
  // Enter in the search: the first match is opened, as soon as there is one.
  function firstFound() {
    clearTimeout(timer);
    if (search.value.trim() !== filters.q) set({ q: search.value.trim() });
    state.wanted = true;
    scroller.focus();
    openWanted();
  }
  function openWanted() {
    if (!state.wanted || !state.ids.length) return;
    state.wanted = false;
    go(Math.max(state.at, 0));
  }
  function clear() { set({ ...NO_FILTER }); fillFields(); search.focus(); }
  function set(changes) {
    Object.assign(filters, changes);
    state.found = null;
    state.search += 1;
    state.wanted = false;
    apply(true);
    remember();
    if (filters.q) lookInside(state.search);
  }
  async function lookInside(mine) {
    const going = () => mine === state.search;
    try {
      await searchTexts(filters, going, (found, done, pages) => {
        const finished = done === pages;
        if (!finished && done % 8) return;
        state.found = new Set(found);
        apply(false);
        openWanted();
        if (!finished) total.textContent += ` · looking inside: ${Math.round((100 * done) / pages)} %`;
      });
    } catch (error) {
      if (going()) total.textContent = `The search stopped: ${error.message}`;
    }
  }
  function apply(changed) {
    state.ids = filtered(filters, state.found);
    state.at = state.ids.indexOf(state.id);
    const of = store.runs.reduce((sum, run) => sum + run.n, 0);
    total.textContent = state.ids.length === of ? plural(of, "episode") : `${count(state.ids.length)} of ${plural(of, "episode")}`;
    inner.style.height = `${state.ids.length * ROW}px`;
    if (changed) scroller.scrollTop = state.at >= 0 ? Math.max(0, state.at * ROW - scroller.clientHeight / 2) : 0;
    paint();
  }
  function paint() {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - 4);
    const last = Math.min(state.ids.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW) + 4);
    inner.replaceChildren(...state.ids.slice(first, last).map((id, n) => rowNode(id, first + n)));
    if (state.at >= 0) scroller.setAttribute("aria-activedescendant", `episode-${state.id}`);
    else scroller.removeAttribute("aria-activedescendant");
  }
  function rowNode(id, place) {
    const [run, i] = [runOf(id), numberOf(id)];
    const c = run.columns;
    const good = c.success[i] === 1;
    return h("div", { class: `row${place === state.at ? " here" : ""}`, role: "option", id: `episode-${id}`, "aria-selected": String(place === state.at), "aria-setsize": state.ids.length, "aria-posinset": place + 1, style: { top: `${place * ROW}px` }, onclick: () => { go(place); node.classList.add("reading"); } },
      h("div", { class: "line" }, h("span", { class: `verdict ${good ? "good" : "bad"}` }, good ? "✓" : "✗"), h("span", { class: "visually-hidden" }, good ? "success" : "failure"), h("b", {}, when(run.tables.phases[c.phase[i]], c.update[i])),
        run.by.firsts.has(i) ? h("span", { class: "badge gold" }, "first success") : null, c.hinted[i] ? h("span", { class: "badge" }, "hint") : null, c.broken[i] ? h("span", { class: "badge bad" }, "broke off") : null,
        h("span", { class: "outcome" }, cell(run, "outcomes", "outcome", i))),
      h("div", { class: "line soft" }, cell(run, "strategies", "strategy", i) || "(no strategy written)"),
      h("div", { class: "line task" }, store.runs.length > 1 ? `${run.name} · ` : "", taskName(run, c.task[i])));
  }
  scroller.addEventListener("scroll", paint, { passive: true });
  new ResizeObserver(paint).observe(scroller);

  function go(place) {
    if (place < 0 || place >= state.ids.length) return;
    state.at = place;
    state.id = state.ids[place];
    const top = place * ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + ROW - scroller.clientHeight;
    paint();
    remember();
    viewer.show(runOf(state.id), numberOf(state.id), place, state.ids.length);
  }
  function move(by) { go(state.at < 0 ? 0 : Math.max(0, Math.min(state.ids.length - 1, state.at + by))); }
  function remember() {
    const words = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ""));
    const place = state.id < 0 ? "episodes" : episodeLink(runOf(state.id), numberOf(state.id)).slice(1);
    setHash(`${place}${words.size ? `?${words}` : ""}`);
  }
  function open(words, query) {
    const wanted = query.size ? { ...NO_FILTER, ...Object.fromEntries([...query].filter(([name]) => name in NO_FILTER)) } : { ...filters };
    const run = store.runs.find((one) => one.name === words[0]);
    const i = Number(words[1]);
    const id = run && Number.isInteger(i) && i >= 0 && i < run.n ? run.number * RUN_STEP + i : -1;
    const same = Object.keys(NO_FILTER).every((name) => filters[name] === wanted[name]);
    if (!same) {
      Object.assign(filters, wanted);
      state.found = null;
      state.search += 1;
      fillFields();
      if (filters.q) lookInside(state.search);
    }
    state.id = id >= 0 ? id : state.id;
    apply(true);
    if (id >= 0 && state.at < 0 && !query.size) { Object.assign(filters, NO_FILTER); fillFields(); apply(true); } // a link leads anywhere
    if (id >= 0) { node.classList.add("reading"); viewer.show(run, i, state.at, state.ids.length); }
    else if (state.id < 0 && matchMedia("(min-width: 900px)").matches) go(0);
  }
  function refresh() { fillFields(); apply(false); viewer.place(state.at, state.ids.length); }
  function key(event) {
    const moves = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.key in moves) { if (node.classList.contains("reading") && event.key.startsWith("Page")) return false; move(moves[event.key]); return true; }
    if (event.key === "/") { node.classList.remove("reading"); search.focus(); search.select(); return true; }
    if (event.key === "Enter" && document.activeElement === scroller && state.ids.length) { go(Math.max(state.at, 0)); node.classList.add("reading"); viewer.focus(); return true; }
    if (event.key === "Escape") { node.classList.remove("reading"); scroller.focus(); return true; }
    return viewer.key(event);
  }
  apply(true);
  return { node, refresh, open, key };
}
