// The strategy map of a task: a row for every strategy, grouped by what came of it, over the time of training. Lines lead
// from an attempt to those that its hint was made from.
const ROWS_OF_A_GROUP = 12;

// Attempts of a task: its episodes, and those that only hints tell of, since a transcript does not keep every episode.
function attemptsOf(run, task) {
  const { phase, update, task: tasks, outcome, strategy, success, hinted } = run.columns;
  const found = [];
  const place = new Map();
  for (let i = 0; i < run.n; i += 1) {
    if (tasks[i] !== task) continue;
    place.set(i, found.length);
    found.push({ i, phase: run.tables.phases[phase[i]], update: update[i], outcome: outcome[i], strategy: strategy[i], success: Boolean(success[i]), hinted: Boolean(hinted[i]), from: [], to: [] });
  }
  const ghosts = new Map();
  for (const own of [...found]) {
    for (const [number, at, came, text, won] of run.sources.get(own.i) || []) {
      let source = place.get(number);
      if (source === undefined) {
        const key = `${at}/${came}/${text}`;
        source = ghosts.get(key);
        if (source === undefined) {
          source = found.length;
          ghosts.set(key, source);
          found.push({ i: -1, phase: "train", update: at, outcome: came, strategy: text, success: Boolean(won), hinted: false, from: [], to: [] });
        }
      }
      own.from.push(source);
      found[source].to.push(place.get(own.i));
    }
  }
  return found;
}

// Rows: outcomes, the successful and frequent ones first; in each its strategies in the order of their first attempt.
function rowsOf(run, attempts, everything) {
  const byOutcome = new Map();
  attempts.forEach((attempt, number) => {
    const group = byOutcome.get(attempt.outcome) || byOutcome.set(attempt.outcome, { name: run.tables.outcomes[attempt.outcome], success: false, members: [] }).get(attempt.outcome);
    group.success ||= attempt.success;
    group.members.push(number);
  });
  const list = [...byOutcome.values()].sort((a, b) => b.success - a.success || b.members.length - a.members.length);
  for (const group of list) {
    const byStrategy = new Map();
    for (const number of group.members) byStrategy.set(attempts[number].strategy, (byStrategy.get(attempts[number].strategy) || []).concat(number));
    const rows = [...byStrategy].map(([strategy, members]) => ({ label: run.tables.strategies[strategy] || "(no strategy written)", members }));
    const weight = (row) => row.members.length + 10 * row.members.filter((n) => attempts[n].to.length || attempts[n].i === run.by.first.get(run.columns.task[attempts[n].i])).length;
    const kept = everything || rows.length <= ROWS_OF_A_GROUP ? rows : [...rows].sort((a, b) => weight(b) - weight(a)).slice(0, ROWS_OF_A_GROUP - 1);
    const rest = rows.filter((row) => !kept.includes(row));
    const start = (row) => Math.min(...row.members.map((n) => attempts[n].update));
    group.strategies = rows.length;
    group.rows = [...kept].sort((a, b) => start(a) - start(b));
    if (rest.length) group.rows.push({ label: `${rest.length} more strategies`, rest: true, members: rest.flatMap((row) => row.members) });
  }
  return list;
}

function tasksInOrder(run) {
  const tries = run.tables.tasks.map(() => 0);
  for (const task of run.columns.task) tries[task] += 1;
  const first = (task) => (run.by.first.has(task) ? run.by.first.get(task) : Infinity);
  return tries.map((_, task) => task).filter((task) => tries[task]).sort((a, b) => first(a) - first(b) || tries[b] - tries[a] || a - b);
}
function solvedText(run, task) {
  const first = run.by.first.get(task);
  return first === undefined ? "never solved" : `solved in update ${run.columns.update[first]}`;
}

function buildMap() {
  const state = { run: 0, task: null, everything: false, chosen: -1 };
  const pickRun = h("div");
  const pickTask = select("Task", [], "", (value) => go(state.run, Number(value)), { class: "wide" });
  const step = (by) => { const list = tasksInOrder(store.runs[state.run]); const now = list.indexOf(state.task); go(state.run, list[(now + by + list.length) % list.length]); };
  const facts = h("p", { class: "small" });
  const panel = h("div", { class: "panel", "aria-live": "polite" });
  const stage = h("div", { class: "map", role: "group", "aria-label": "Strategy map. Arrow keys move between attempts, Enter opens one." });
  const overview = h("details", { class: "overview" }, h("summary", {}, "All tasks at a glance"));
  const all = h("input", { type: "checkbox", onchange: () => { state.everything = all.checked; draw(); } });
  const node = h("section", {}, h("h2", {}, "Which strategies were tried, and what came of them"),
    h("div", { class: "controls" }, pickRun, pickTask,
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => step(-1), "aria-label": "previous task" }, "← [ "), h("button", { type: "button", onclick: () => step(1), "aria-label": "next task" }, "] →")),
      h("label", { class: "check" }, all, "every strategy")),
    facts, legend(), panel, stage, overview);

  function go(run, task) {
    state.chosen = -1;
    Object.assign(state, { run, task });
    setHash(`strategies/${encodeURIComponent(store.runs[run].name)}/${encodeURIComponent(store.runs[run].tables.tasks[task].key)}`);
    refresh();
  }
  function refresh() {
    const run = store.runs[state.run];
    const list = tasksInOrder(run);
    if (state.task === null || !list.includes(state.task)) state.task = defaultTask(run, list);
    pickRun.hidden = oneRun();
    pickRun.replaceChildren(store.runs.length > 1 ? select("Run", store.runs.map((one, i) => [i, one.name]), state.run, (value) => { state.task = null; state.chosen = -1; state.run = Number(value); refresh(); }) : "");
    setOptions($("select", pickTask), list.map((task) => [task, `${taskName(run, task)} · ${solvedText(run, task)}`]), state.task);
    drawOverview();
    draw();
  }
  overview.addEventListener("toggle", () => drawOverview());
  function drawOverview() {
    const run = store.runs[state.run];
    const rows = overview.open ? [glance(run, tasksInOrder(run), (task) => { go(state.run, task); node.scrollIntoView(); })] : [];
    overview.replaceChildren(overview.firstChild, ...rows);
  }
  function draw() {
    const run = store.runs[state.run];
    if (state.task === undefined || state.task === null) {
      facts.textContent = "There are no episodes of this run to draw.";
      stage.replaceChildren();
      panel.hidden = true;
      return;
    }
    panel.hidden = false;
    state.attempts = attemptsOf(run, state.task);
    state.groups = rowsOf(run, state.attempts, state.everything);
    const hinted = state.attempts.filter((a) => a.i < 0).length;
    const one = run.tables.tasks[state.task];
    facts.textContent = `${one.goal ? `${one.key} · ` : ""}${plural(state.attempts.length - hinted, "recorded attempt")}${hinted ? ` and ${count(hinted)} known from hints alone` : ""}, ${plural(new Set(state.attempts.map((a) => a.strategy)).size, "strategy", "strategies")}, ${plural(state.groups.length, "outcome")}, ${solvedText(run, state.task)}`;
    drawMap(stage, run, state, choose);
    tell();
  }
  function choose(number, focus) {
    state.chosen = number;
    drawMap(stage, run(), state, choose);
    tell();
    if (focus) $(`[data-attempt="${number}"]`, stage)?.focus({ preventScroll: false });
  }
  const run = () => store.runs[state.run];
  function tell() {
    panel.replaceChildren(...(state.chosen < 0 || !state.attempts[state.chosen]
      ? [h("p", { class: "small" }, "Choose an attempt to see what it tried, what it was shown, and who learned from it. Enter, or a second click, opens the episode.")]
      : panelOf(run(), state, choose)));
  }
  new ResizeObserver(() => { if (state.attempts && stage.clientWidth && Math.round(stage.clientWidth) !== state.width) drawMap(stage, run(), state, choose); }).observe(stage);

  function open(words) {
    const found = store.runs.findIndex((one) => one.name === words[0]);
    if (found >= 0) {
      const task = store.runs[found].tables.tasks.findIndex((one) => one.key === words[1]);
      if (found !== state.run || (task >= 0 && task !== state.task)) Object.assign(state, { run: found, task: task >= 0 ? task : null, chosen: -1 });
    }
    refresh();
  }
  function key(event) {
    if (event.key === "[") step(-1);
    else if (event.key === "]") step(1);
    else return false;
    return true;
  }
  refresh();
  return { node, refresh, open, key };
}

function defaultTask(run, list) {
  const reflected = new Set([...run.sources.keys()].map((i) => run.columns.task[i]));
  return list.find((task) => run.by.first.has(task) && reflected.has(task)) ?? list[0] ?? null;
}

function legend() {
  const sample = (parts) => svg("svg", { width: 22, height: 18, class: "sample", "aria-hidden": "true" }, parts);
  return h("ul", { class: "legend" },
    h("li", {}, sample(mark({ success: true }, 11, 9, 5)), "success"), h("li", {}, sample(mark({ success: false }, 11, 9, 5)), "failure"),
    h("li", {}, sample([...mark({ success: true }, 11, 9, 5), svg("path", { class: "star", d: star(11, 9, 8) })].slice(-1)), "first success on the task"),
    h("li", {}, sample([svg("circle", { class: "ring", cx: 11, cy: 9, r: 8 }), ...mark({ success: false }, 11, 9, 4)]), "was shown a hint"),
    h("li", {}, sample(svg("circle", { class: "ghost", cx: 11, cy: 9, r: 5 })), "known from a hint alone"),
    h("li", {}, sample(svg("path", { class: "link", d: "M1 14 C 8 14, 10 4, 21 4" })), "reflects on"));
}
function star(x, y, r) {
  const points = Array.from({ length: 10 }, (_, i) => {
    const [angle, reach] = [(Math.PI * i) / 5 - Math.PI / 2, i % 2 ? r * 0.45 : r];
    return `${(x + reach * Math.cos(angle)).toFixed(1)} ${(y + reach * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${points.join("L")}Z`;
}
function mark(attempt, x, y, r) {
  if (attempt.i === -1) return [svg("circle", { class: "ghost", cx: x, cy: y, r })];
  if (attempt.success) return [svg("path", { class: "won", d: `M${x} ${y - r - 1}L${x + r + 1} ${y}L${x} ${y + r + 1}L${x - r - 1} ${y}Z` })];
  return [svg("circle", { class: "lost", cx: x, cy: y, r })];
}

// Where everything goes: attempts at the same place share a mark.
function layout(run, state, width) {
  const narrow = width < 640;
  const label = narrow ? 0 : Math.min(360, Math.round(width * 0.36));
  const size = narrow ? { group: 34, row: 42, dot: 29 } : { group: 34, row: 28, dot: 14 };
  const last = Math.max(1, ...state.attempts.filter((a) => a.phase === "train").map((a) => a.update));
  const edges = { before: state.attempts.some((a) => a.phase === "before"), after: state.attempts.some((a) => a.phase === "after") };
  const left = label + (edges.before ? (narrow ? 60 : 84) : 28);
  const right = width - (edges.after ? (narrow ? 62 : 88) : narrow ? 18 : 40);
  const x = (a) => (a.phase === "before" ? label + 24 : a.phase === "train" ? left + ((a.update - 1) / Math.max(1, last - 1)) * (right - left) : width - 22);
  const marks = new Map();
  const where = [];
  const lines = [];
  let y = 26;
  for (const group of state.groups) {
    lines.push({ y: y + 22, group });
    y += size.group;
    for (const row of group.rows) {
      lines.push({ y, row, middle: y + size.dot });
      for (const number of row.members) {
        const a = state.attempts[number];
        const key = `${y}/${a.phase}/${a.update}`;
        const own = marks.get(key) || marks.set(key, { members: [], x: x(a), y: y + size.dot }).get(key);
        if (a.i < 0) own.members.push(number);
        else own.members.splice(own.members.filter((n) => state.attempts[n].i >= 0).length, 0, number);
        where[number] = own;
      }
      y += size.row;
    }
    y += 8;
  }
  return { width, narrow, label, last, edges, left, right, marks: [...marks.values()], where, lines, height: y + 8, xOf: (update) => left + ((update - 1) / Math.max(1, last - 1)) * (right - left) };
}

function drawMap(stage, run, state, choose) {
  const width = Math.round(stage.clientWidth);
  if (!width) return;
  state.width = width;
  const plan = layout(run, state, width);
  const first = run.by.first.get(state.task);
  const chosen = state.attempts[state.chosen];
  const near = new Set(chosen ? [state.chosen, ...chosen.from, ...chosen.to] : []);
  const had = stage.contains(document.activeElement);
  stage.replaceChildren(svg("svg", { width, height: plan.height, viewBox: `0 0 ${width} ${plan.height}`, class: chosen ? "picked" : null },
    frame(plan), plan.lines.map((line) => lineOf(line, plan, width)), linksOf(state, plan),
    plan.marks.map((own, order) => markOf(run, state, own, { first, near, order, choose }))));
  if (had && chosen) $(`[data-attempt="${plan.where[state.chosen].members[0]}"]`, stage)?.focus({ preventScroll: true });
  const order = plan.marks.map((_, i) => i).sort((a, b) => plan.marks[a].x - plan.marks[b].x || plan.marks[a].y - plan.marks[b].y);
  stage.onkeydown = (event) => moveInMap(event, state, plan, order, choose, run);
}
function frame(plan) {
  const room = Math.floor((plan.right - plan.left) / (plan.narrow ? 40 : 90));
  const axis = ticks(1, plan.last, Math.min(room, plan.narrow ? 4 : 8), true);
  const parts = axis.map((u) => [svg("line", { class: "grid", x1: plan.xOf(u), x2: plan.xOf(u), y1: 20, y2: plan.height - 6 }), svg("text", { class: "tick", x: plan.xOf(u), y: 13, "text-anchor": "middle" }, plan.narrow ? u : `update ${u}`)]);
  if (plan.edges.before) parts.push(svg("text", { class: "tick", x: plan.label + 24, y: 13, "text-anchor": "middle" }, "before"));
  if (plan.edges.after) parts.push(svg("text", { class: "tick", x: plan.width - 22, y: 13, "text-anchor": "middle" }, "after"));
  return parts;
}
function lineOf({ y, group, row, middle }, plan, width) {
  const room = Math.floor((plan.narrow ? width - 12 : plan.label - 16) / 6.7);
  if (group) {
    return svg("g", {}, svg("line", { class: "rule", x1: 0, x2: width, y1: y - 18, y2: y - 18 }),
      svg("text", { class: `outcome ${group.success ? "good" : "bad"}`, x: 2, y }, clip(`${group.success ? "✓" : "✗"} ${group.name} · ${plural(group.members.length, "attempt")}, ${plural(group.strategies, "strategy", "strategies")}`, Math.floor((width - 8) / 7.2))));
  }
  return svg("g", {}, svg("title", {}, row.label),
    svg("text", { class: row.rest ? "row rest" : "row", x: plan.narrow ? 4 : 10, y: plan.narrow ? y + 14 : middle + 4 }, clip(row.label, room)),
    svg("line", { class: "track", x1: plan.narrow ? 4 : plan.label, x2: width - 4, y1: middle, y2: middle }));
}
function linksOf(state, plan) {
  return state.attempts.flatMap((attempt, number) => attempt.from.map((source) => {
    const [a, b] = [plan.where[source], plan.where[number]];
    if (!a || !b) return null;
    const bend = Math.max(24, Math.abs(b.x - a.x) / 2);
    const lift = a.y === b.y ? 16 : 0; // a line along a row bows out of it
    const lit = state.chosen === number || state.chosen === source;
    return svg("path", { class: `link${state.attempts[source].success ? " from-good" : ""}${lit ? " lit" : ""}`, d: `M${a.x} ${a.y}C${a.x + bend} ${a.y - lift},${b.x - bend} ${b.y - lift},${b.x} ${b.y}` });
  }));
}
function markOf(run, state, own, { first, near, order, choose }) {
  const lead = own.members.find((n) => state.attempts[n].i === first && first !== undefined) ?? own.members[0];
  const attempt = state.attempts[lead];
  const isFirst = attempt.i >= 0 && attempt.i === first;
  const r = 4 + Math.min(4, Math.sqrt(own.members.length - 1) * 1.4);
  const parts = [svg("circle", { class: "target", cx: own.x, cy: own.y, r: 12 })];
  if (own.members.some((n) => state.attempts[n].hinted)) parts.push(svg("circle", { class: "ring", cx: own.x, cy: own.y, r: r + 4 }));
  parts.push(...(isFirst ? [svg("path", { class: "star", d: star(own.x, own.y, 10) })] : mark(attempt, own.x, own.y, r)));
  const here = own.members.includes(state.chosen);
  const text = `${isFirst ? "first success, " : ""}${when(attempt.phase, attempt.update)}: ${attempt.success ? "success" : "failure"}, ${run.tables.outcomes[attempt.outcome]}, ${run.tables.strategies[attempt.strategy]}${own.members.length > 1 ? `, and ${own.members.length - 1} more` : ""}`;
  const click = () => (here && own.members.length === 1 && attempt.i >= 0 ? (location.hash = episodeLink(run, attempt.i)) : choose(here ? own.members[(own.members.indexOf(state.chosen) + 1) % own.members.length] : lead, true));
  return svg("g", {
    class: `mark${here ? " here" : ""}${near.size && !own.members.some((n) => near.has(n)) ? " far" : ""}`, "data-attempt": own.members[0], "data-first": isFirst || null,
    tabindex: here || (state.chosen < 0 && order === 0) ? 0 : -1, role: "button", "aria-label": text, onclick: click,
  }, svg("title", {}, text), parts);
}
function moveInMap(event, state, plan, order, choose, run) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const now = state.chosen < 0 ? null : plan.where[state.chosen];
  const moves = {
    ArrowRight: () => order[now ? Math.min(order.length - 1, order.indexOf(plan.marks.indexOf(now)) + 1) : 0],
    ArrowLeft: () => order[now ? Math.max(0, order.indexOf(plan.marks.indexOf(now)) - 1) : 0],
    ArrowDown: () => beside(plan, now, 1),
    ArrowUp: () => beside(plan, now, -1),
  };
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    event.stopPropagation();
    const own = plan.marks.find((one) => String(one.members[0]) === document.activeElement?.dataset?.attempt);
    if (state.chosen < 0 && own) choose(own.members[0], true);
    else if (state.chosen >= 0 && state.attempts[state.chosen].i >= 0) location.hash = episodeLink(run, state.attempts[state.chosen].i);
    return;
  }
  if (!moves[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  const to = moves[event.key]();
  if (plan.marks[to]) choose(plan.marks[to].members[0], true);
}
function beside(plan, now, way) {
  if (!now) return 0;
  const rows = [...new Set(plan.marks.map((own) => own.y))].sort((a, b) => a - b);
  const y = rows[rows.indexOf(now.y) + way];
  if (y === undefined) return plan.marks.indexOf(now);
  const there = plan.marks.filter((own) => own.y === y);
  return plan.marks.indexOf(there.reduce((best, own) => (Math.abs(own.x - now.x) < Math.abs(best.x - now.x) ? own : best), there[0]));
}

function panelOf(run, state, choose) {
  const attempt = state.attempts[state.chosen];
  const line = (number) => {
    const a = state.attempts[number];
    return h("li", {}, h("button", { type: "button", class: "plain", onclick: () => choose(number, false) },
      `${when(a.phase, a.update)}, ${run.tables.outcomes[a.outcome]}: ${clip(run.tables.strategies[a.strategy] || "(no strategy)", 110)}`));
  };
  const list = (title, numbers) => (numbers.length ? h("div", {}, h("h4", {}, title), h("ul", {}, numbers.map(line))) : null);
  const shared = state.attempts.map((a, n) => [a, n]).filter(([a, n]) => n !== state.chosen && a.phase === attempt.phase && a.update === attempt.update && a.strategy === attempt.strategy && a.outcome === attempt.outcome).map(([, n]) => n);
  const first = attempt.i >= 0 && attempt.i === run.by.first.get(state.task);
  return [
    h("p", {}, h("span", { class: `badge ${attempt.success ? "good" : "bad"}` }, attempt.success ? "success" : "failure"), first ? h("span", { class: "badge gold" }, "first success") : null,
      attempt.hinted ? h("span", { class: "badge" }, "with hint") : null, ` ${when(attempt.phase, attempt.update)} · ${run.tables.outcomes[attempt.outcome]} · `,
      attempt.i >= 0 ? h("a", { href: episodeLink(run, attempt.i) }, "open the episode") : h("span", { class: "small" }, "the transcript does not keep this episode")),
    h("p", { class: "strategy-text" }, run.tables.strategies[attempt.strategy] || "(no strategy written)"),
    list("Reflects on", attempt.from), list("Reflected on by", attempt.to), list("At the same place", shared)].filter(Boolean);
}
function glance(run, list, pick) {
  const { task, outcome, strategy, phase } = run.columns;
  const facts = run.tables.tasks.map(() => ({ tries: 0, outcomes: new Set(), strategies: new Set() }));
  for (let i = 0; i < run.n; i += 1) {
    if (phase[i] !== run.by.train) continue;
    const own = facts[task[i]];
    own.tries += 1;
    own.outcomes.add(outcome[i]);
    own.strategies.add(strategy[i]);
  }
  return table(["task", "training episodes", "strategies", "outcomes", "first success (update)"], list.slice(0, 500).map((one) => [
    h("button", { type: "button", class: "plain", onclick: () => pick(one) }, clip(taskName(run, one), 90)), facts[one].tries, facts[one].strategies.size, facts[one].outcomes.size,
    run.by.first.has(one) ? run.columns.update[run.by.first.get(one)] : "–"]), "All tasks");
}
