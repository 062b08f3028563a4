// One episode: what was seen, planned hot and done cold, how probable each token was, what came back, and what it was shown.
const SHADES = [0.5, 0.2, 0.05, 0.01]; // a token below so much probability is marked, the stronger the less probable

function buildViewer({ step, back, query }) {
  const state = { run: null, i: -1, shaded: true, ticket: 0 };
  const nav = h("span", { class: "small" });
  const shade = h("input", { type: "checkbox", checked: true, onchange: () => { state.shaded = shade.checked; node.classList.toggle("plain-tokens", !state.shaded); } });
  const body = h("div", { class: "episode", tabindex: "-1" });
  const node = h("article", { class: "viewer", "aria-label": "Episode" },
    h("div", { class: "bar" }, h("button", { type: "button", class: "back", onclick: back }, "← list"),
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => step(-1), "aria-label": "previous episode" }, "↑ k"), h("button", { type: "button", onclick: () => step(1), "aria-label": "next episode" }, "↓ j")),
      nav, h("label", { class: "check" }, shade, "shading")), body);

  async function show(run, i, place, of) {
    Object.assign(state, { run, i, ticket: state.ticket + 1 });
    const mine = state.ticket;
    setPlace(place, of);
    const slow = setTimeout(() => mine === state.ticket && body.replaceChildren(h("p", { class: "small" }, "Loading …")), 150);
    try {
      const found = await loadEpisode(run, i);
      if (mine !== state.ticket) return;
      body.replaceChildren(...episodeParts(run, i, found));
    } catch (error) {
      if (mine === state.ticket) body.replaceChildren(h("p", { class: "warning" }, `This episode cannot be shown: ${error.message}.`));
    } finally {
      clearTimeout(slow);
    }
    node.scrollTop = 0;
    highlight(body, query());
  }
  function setPlace(place, of) { nav.textContent = place < 0 ? "" : `${count(place + 1)} of ${count(of)}`; }
  function key(event) {
    if (event.key === "s") { shade.checked = !shade.checked; shade.dispatchEvent(new Event("change")); return true; }
    if (event.key === "r" && state.run) {
      const source = (state.run.sources.get(state.i) || []).find(([number]) => number >= 0);
      if (source) location.hash = episodeLink(state.run, source[0]);
      return true;
    }
    if (event.key === "m" && state.run) { location.hash = mapLink(state.run, state.i); return true; }
    return false;
  }
  return { node, show, key, place: setPlace, focus: () => body.focus() };
}
const mapLink = (run, i) => `#strategies/${encodeURIComponent(run.name)}/${encodeURIComponent(cell(run, "tasks", "task", i).key)}`;

function episodeParts(run, i, found) {
  const c = run.columns;
  const task = cell(run, "tasks", "task", i);
  const good = c.success[i] === 1;
  return [
    h("header", {}, h("h2", {}, task.goal || task.key), h("p", { class: "small" }, store.runs.length > 1 ? `${run.name} · ` : "", task.goal ? task.key : ""),
      h("p", {}, h("span", { class: `badge ${good ? "good" : "bad"}` }, good ? "success" : "failure"), run.by.firsts.has(i) ? h("span", { class: "badge gold" }, "first success on this task") : null,
        c.broken[i] ? h("span", { class: "badge bad" }, "broke off") : null, ` ${when(cell(run, "phases", "phase", i), c.update[i])} · outcome `, h("b", {}, cell(run, "outcomes", "outcome", i)),
        ` · return ${short(c.reward[i])} · ${plural(c.turns[i], "turn")} · ${plural(c.tokens[i], "token")} · `, h("a", { href: mapLink(run, i) }, "strategy map"), " · ", h("a", { href: episodeLink(run, i) }, "link to this episode")),
      keyLine()),
    hintPart(run, i, found), readersPart(run, i),
    h("ol", { class: "turns" }, found.turns.map((turn, n) => turnPart(turn, n + 1))),
    endPart(run, i, found)].filter(Boolean);
}
function keyLine() {
  return h("p", { class: "key" }, h("span", { class: "hot" }, "strategy, hot"), h("span", { class: "cold" }, "action, cold"),
    h("span", { class: "shades" }, "token below ", SHADES.map((p, n) => [h("span", { class: `s${n + 1}` }, `${100 * p} %`), " "])));
}
function hintPart(run, i, found) {
  if (!found.hint) return null;
  const sources = run.sources.get(i) || [];
  const missing = sources.filter(([number]) => number < 0).length;
  return h("section", { class: "hint" }, h("h3", {}, "Hint shown"), h("pre", {}, found.hint.trim()),
    sources.length ? h("p", { class: "small" }, "Made from: ", sources.map(([number, update, outcome], n) => [n ? ", " : "", number >= 0 ? h("a", { href: episodeLink(run, number) }, `update ${update}, ${run.tables.outcomes[outcome]}`) : `update ${update}, ${run.tables.outcomes[outcome]}`]),
      missing ? ` (${missing} not kept in this transcript)` : "") : h("p", { class: "small" }, "The transcript does not say which attempts this was made from."));
}
function readersPart(run, i) {
  const readers = run.by.readers.get(i);
  if (!readers) return null;
  return h("p", { class: "small" }, "Reflected on by: ", readers.slice(0, 12).map((number, n) => [n ? ", " : "", h("a", { href: episodeLink(run, number) }, `update ${run.columns.update[number]} (${run.columns.success[number] ? "success" : "failure"})`)]), readers.length > 12 ? ` and ${readers.length - 12} more` : "");
}
function turnPart(turn, number) {
  return h("li", {}, h("span", { class: "number" }, `turn ${number}`),
    h("div", { class: "observation" }, h("h3", { class: "visually-hidden" }, "observation"), h("pre", {}, turn.o || "(nothing)")),
    (turn.s || []).map(segmentPart),
    turn.a !== undefined ? h("p", { class: "note" }, "sent to the environment: ", h("code", {}, turn.a || "(nothing)")) : null,
    turn.x ? h("p", { class: "note bad" }, turn.x) : null,
    turn.r || turn.b ? h("p", { class: "note" }, turn.r ? `reward ${short(turn.r)}` : "", turn.b ? ` bonus ${short(turn.b)}` : "") : null);
}
function segmentPart([role, temperatures, finish, texts, nats]) {
  const heat = temperatures.length ? `temperature ${[...new Set([temperatures[0], temperatures[temperatures.length - 1]])].map(short).join(" to ")}` : "";
  const told = nats.filter((n) => n >= 0);
  const mean = told.length ? Math.exp(-told.reduce((a, b) => a + b, 0) / told.length / 100) : null;
  return h("div", { class: `said ${role}` }, h("h3", {}, role, h("span", {}, ` ${heat}${mean === null ? "" : ` · ${plural(told.length, "token")}, typical probability ${percent(mean)}`}${finish === "length" ? " · cut off at its token limit" : ""}`)),
    h("pre", {}, texts.join("").trim() ? tokens(texts, nats) : h("em", {}, "nothing written")));
}
const percent = (p) => (p >= 0.1 ? `${Math.round(100 * p)} %` : `${+(100 * p).toPrecision(1)} %`);
function tokens(texts, nats) {
  const parts = [];
  let plain = "";
  texts.forEach((text, n) => {
    const p = nats[n] === undefined || nats[n] < 0 ? 1 : Math.exp(-nats[n] / 100);
    const level = SHADES.filter((bound) => p < bound).length;
    if (!level || !text) { plain += text; return; }
    if (plain) parts.push(plain);
    plain = "";
    parts.push(h("span", { class: `s${level}`, title: `${percent(p)} probable` }, text));
  });
  parts.push(plain.trimEnd());
  if (typeof parts[0] === "string") parts[0] = parts[0].trimStart();
  return parts;
}
function endPart(run, i, found) {
  return h("section", { class: "end" }, h("h3", {}, "How it ended"), found.final ? h("pre", {}, found.final) : null,
    h("p", {}, h("b", {}, "outcome "), cell(run, "outcomes", "outcome", i)),
    found.feedback ? h("div", {}, h("b", {}, "feedback "), h("pre", {}, found.feedback)) : null, found.error ? h("p", { class: "warning" }, found.error) : null);
}

// Marks where the searched words stand, in browsers that can without touching the text.
function highlight(root, text) {
  if (!window.Highlight || !CSS.highlights) return;
  CSS.highlights.delete("searched");
  if (!text) return;
  const ranges = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const wanted = text.toLowerCase();
  for (let node = walker.nextNode(); node && ranges.length < 500; node = walker.nextNode()) {
    const own = node.data.toLowerCase();
    for (let at = own.indexOf(wanted); at >= 0; at = own.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, Math.min(at + wanted.length, node.length));
      ranges.push(range);
    }
  }
  CSS.highlights.set("searched", new Highlight(...ranges));
  const place = root.parentElement;
  if (ranges.length && place.scrollHeight > place.clientHeight) {
    place.scrollTop += ranges[0].getBoundingClientRect().top - place.getBoundingClientRect().top - place.clientHeight / 2;
  }
}
