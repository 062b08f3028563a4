// Results: the verdict, curves of one run or of arms side by side, and where the time went.
const SETS = [["train", "training tasks"], ["held_out", "held-out tasks"]];
const AXES = {
  update: ["update", "Updates", (x) => short(x)],
  turns_total: ["turns played", "Turns", (x) => short(x)],
  tokens_total: ["tokens sampled", "Tokens", (x) => short(x)],
  elapsed: ["time of training", "Time", (x) => clock(x)],
};
const COLOURS = 6;
const view = { axis: "update", window: 0, arms: true, metric: "" };

// The updates of a mean: what was chosen, else what suits the longest run, since in a short one a mean hides every change.
function meanOf() {
  const longest = Math.max(0, ...store.runs.map((run) => run.rows));
  return view.window || (longest < 20 ? 1 : longest < 60 ? 5 : 9);
}

function arms() {
  const names = [...new Set(store.runs.map((run) => run.arm))];
  return names.map((name) => [name, store.runs.filter((run) => run.arm === name)]);
}
const severalSeeds = () => arms().some(([, runs]) => runs.length > 1);
const oneRun = () => store.runs.length === 1;

// The groups that are drawn as one curve each: arms, or every run alone.
function groups() {
  const list = view.arms && severalSeeds() ? arms() : store.runs.map((run) => [run.name, [run]]);
  return list.map(([label, runs], i) => ({
    label: runs.length > 1 ? `${label} (${plural(runs.length, "seed")})` : label,
    runs, colour: `c${i % COLOURS}`, dashed: Math.floor(i / COLOURS) || false,
  }));
}

const CHARTS = [
  { id: "success", title: "Success in training", note: "share of plain episodes; those shown a hint count apart", top: 1,
    parts: [["success", "plain episodes", "c0"], ["success/hinted", "with hints", "c1", true]] },
  { id: "eval", title: "Success in evaluations", note: "pass@1 without hints and exploration; first and last with intervals over tasks", top: 1, kind: "eval",
    parts: [["eval/train", "training tasks", "c2"], ["eval/held_out", "held-out tasks", "c3", true]] },
  { id: "pass-train", title: "pass@k, training tasks", note: "chance that one of k attempts succeeds, base and trained", top: 1, kind: "pass", set: "train" },
  { id: "pass-held_out", title: "pass@k, held-out tasks", note: "chance that one of k attempts succeeds, base and trained", top: 1, kind: "pass", set: "held_out" },
  { id: "outcomes", title: "Distinct outcomes per task", note: "how many different things the episodes of one update ended in",
    parts: [["distinct_outcomes", "outcomes", "c0"]] },
  { id: "found", title: "Outcomes found so far, per task", note: "all different ends on a task since the beginning, as far as the transcript keeps episodes", kind: "found" },
  { id: "strategies", title: "Distinct strategies per task", note: "how many different ones the episodes of one update followed",
    parts: [["distinct_strategies", "strategies", "c0"]] },
  { id: "entropy", title: "Entropy of strategy and action", note: "nats per token at the temperature of sampling",
    parts: [["entropy/strategy", "strategy", "hot"], ["entropy/action", "action", "cold"], ["entropy/reasoning", "reasoning", "think"]] },
  { id: "speed", title: "Tokens per second", note: "tokens sampled per second of playing", parts: [["tokens_per_second", "tokens/s", "c0"]] },
  { id: "time", title: "Seconds per update, by phase", note: "playing, learning, and the rest (evaluations among it)", kind: "time",
    parts: [["seconds/playing", "playing", "c0"], ["seconds/learning", "learning", "c1"], ["seconds/other", "other", "c2"]] },
];

function buildResults() {
  const head = h("div");
  const figures = new Map();
  const grid = h("div", { class: "charts" });
  const more = h("section");
  const mean = choice("Mean of", [["1", "1"], ["5", "5"], ["9", "9"], ["25", "25 updates"]], String(meanOf()), (value) => { view.window = Number(value); draw(); });
  const controls = h("div", { class: "controls" },
    choice("Against", Object.entries(AXES).map(([name, [, text]]) => [name, text]), view.axis, (value) => { view.axis = value; draw(); }),
    mean,
    severalSeeds() ? choice("Draw", [["arms", "arms"], ["runs", "every run"]], "arms", (value) => { view.arms = value === "arms"; draw(); }) : null);
  const explain = h("p", { class: "small" });
  const any = h("section", { class: "any" });
  const node = h("div", {}, head, h("section", {}, h("h2", {}, "Learning curves"), controls, explain, grid), any, more);

  function figure(key, title, note, parent = grid) {
    if (!figures.has(key)) {
      figures.set(key, chart(title, note));
      parent.append(figures.get(key));
    }
    return figures.get(key);
  }
  function draw() {
    explain.textContent = explanation();
    for (const button of $$("button", mean)) button.setAttribute("aria-pressed", String(button.dataset.value === String(meanOf())));
    const shown = new Set();
    for (const one of CHARTS) {
      for (const [key, title, series, options] of chartsOf(one)) {
        shown.add(key);
        figure(key, title, one.note).update(series, options);
      }
    }
    for (const [key, own] of figures) if (!shown.has(key) && key !== "any") own.hidden = true;
    drawAny(any, figures);
  }
  function refresh() {
    head.replaceChildren(...[notes(), verdict(), oneRun() ? evaluationTable(store.runs[0]) : comparison()].filter(Boolean));
    more.replaceChildren(...[timeBars()].filter(Boolean));
    draw();
  }
  refresh();
  return { node, refresh };
}

function explanation() {
  const between = view.arms && severalSeeds()
    ? "Bands: 95 % interval of the mean over the seeds of an arm (Student's t); an arm with one seed has none."
    : `Bands: 95 % interval of the mean of ${meanOf()} neighbouring updates (Student's t).`;
  return meanOf() === 1 && !(view.arms && severalSeeds()) ? "Every update by itself, without an interval." : between;
}
function options(one, axis = view.axis) {
  return { top: one.top, xLabel: AXES[axis][0], xText: AXES[axis][2], whole: axis !== "elapsed" };
}

// One entry of CHARTS becomes one figure, or one per metric where several groups are compared.
function chartsOf(one) {
  const list = groups();
  if (one.kind === "pass") return [[one.id, one.title, passSeries(one.set, list), { top: 1, log: true, xLabel: "k attempts", xText: (x) => String(Math.round(x)) }]];
  if (one.kind === "found") return [[one.id, one.title, grouped(list, (run) => foundSoFar(run)), options(one)]];
  const dots = one.kind === "eval";
  const read = dots ? (run, name) => evalCurve(run, name) : (run, name) => smoothed(curve(run, name, view.axis), meanOf());
  if (list.length === 1) {
    const series = one.parts.map(([name, label, colour, dashed]) => ({ label, colour, dashed, dots, points: pooled(list[0].runs, (run) => read(run, name)) }));
    if (meanOf() > 1 && one.id === "success" && oneRun()) {
      series.unshift({ label: "raw", colour: "c0", faint: true, points: smoothed(curve(list[0].runs[0], "success", view.axis), 1) });
    }
    return [[one.id, one.title, series, options(one)]];
  }
  return one.parts.map(([name, label]) => [
    one.parts.length > 1 ? `${one.id}/${name}` : one.id,
    one.parts.length > 1 ? `${one.title}: ${label}` : one.title,
    grouped(list, (run) => read(run, name), dots), options(one),
  ]);
}
function grouped(list, read, dots = false) {
  return list.map(({ label, colour, dashed, runs }) => ({ label: list.length === 1 && oneRun() ? "this run" : label, colour, dashed, dots, points: pooled(runs, read) }));
}
function pooled(runs, read) {
  return runs.length > 1 ? acrossSeeds(runs.map(read)) : read(runs[0]);
}
function derivedMetrics(run) {
  const { seconds, ["seconds/playing"]: playing, ["seconds/learning"]: learning } = run.metrics;
  if (seconds && playing && learning) run.metrics["seconds/other"] = seconds.map((s, i) => (s === null || playing[i] === null ? null : Math.max(0, s - playing[i] - (learning[i] || 0))));
}

// Evaluations during training, with those before and after it, which know their interval over tasks.
function evalCurve(run, name) {
  const set = name.slice("eval/".length);
  const xs = run.metrics[view.axis];
  const last = xs && xs.length ? xs[xs.length - 1] : 0;
  const points = curve(run, name, view.axis).map(([x, y]) => ({ x, mean: y, low: y, high: y }));
  const edge = (phase, x) => {
    const found = run.evaluations[phase]?.[set]?.curve.find(([k]) => k === 1);
    return found ? [{ x, mean: found[1], low: found[2], high: found[3] }] : [];
  };
  const after = edge("after", last);
  return [...edge("before", 0), ...(after.length ? points.filter((p) => p.x < last) : points), ...after];
}
function passSeries(set, list) {
  const series = [];
  for (const { label, colour, runs } of list) {
    for (const [phase, name] of [["before", "base"], ["after", "trained"]]) {
      const curves = runs.map((run) => (run.evaluations[phase]?.[set]?.curve || []).map(([x, mean, low, high]) => ({ x, mean, low, high })));
      const points = runs.length > 1 ? acrossSeeds(curves) : curves[0];
      series.push({ label: list.length === 1 && oneRun() ? name : `${label}, ${name}`, colour, dashed: phase === "before", dots: true, points });
    }
  }
  return series;
}
function foundSoFar(run) {
  const { phase, update, task, outcome } = run.columns;
  const seen = new Set();
  const tasks = new Set();
  const byUpdate = new Map();
  for (let i = 0; i < run.n; i += 1) {
    if (phase[i] !== run.by.train) continue;
    tasks.add(task[i]);
    seen.add(task[i] * 1e6 + outcome[i]);
    byUpdate.set(update[i], seen.size / tasks.size);
  }
  const xs = run.metrics[view.axis] || [];
  const where = new Map((run.metrics.update || []).map((u, i) => [u, xs[i]]));
  return [...byUpdate].filter(([u]) => where.has(u)).map(([u, y]) => ({ x: where.get(u), mean: y, low: y, high: y }));
}

function drawAny(place, figures) {
  const names = [...new Set(store.runs.flatMap((run) => Object.keys(run.metrics)))].filter((name) => !["update", "elapsed"].includes(name)).sort();
  if (!names.length) return;
  if (!place.firstChild) {
    view.metric = names.find((name) => name.startsWith("reflection/")) || names[0];
    const pick = select("Any other number of the run", names.map((n) => [n, n]), view.metric, (value) => { view.metric = value; drawAny(place, figures); });
    figures.set("any", chart("", ""));
    place.append(h("h2", {}, "More numbers"), pick, figures.get("any"));
  }
  const figure = figures.get("any");
  figure.querySelector("figcaption b").textContent = view.metric;
  figure.update(grouped(groups(), (run) => smoothed(curve(run, view.metric, view.axis), meanOf())), options({}));
}

// What went wrong, and what is missing: one line of every kind, with the runs that it holds for.
function notes() {
  const found = new Map();
  for (const run of store.runs) {
    for (const text of [...(run.error ? [`${run.status}: ${run.error}`] : []), ...run.notes]) found.set(text, (found.get(text) || []).concat(run.name));
  }
  if (!found.size) return null;
  const list = h("ul", {}, [...found].map(([text, names]) => h("li", {}, oneRun() ? null : h("b", {}, `${clip(names.join(", "), 120)}: `), text)));
  const wrong = store.runs.some((run) => run.error);
  const many = found.size > 2;
  return h(many ? "details" : "div", { class: wrong ? "warning" : "warning missing" }, many ? h("summary", {}, plural(found.size, "note"), " on what is missing") : null, list);
}
const passAt = (run, phase, set) => run.evaluations[phase]?.[set]?.curve.find(([k]) => k === 1);
function gauge(before, after) {
  const percent = (x) => `${(100 * x).toFixed(1)}%`;
  return h("div", { class: "gauge", "aria-hidden": "true" },
    after ? h("i", { class: "bar", style: { width: percent(after[1]) } }) : null,
    after ? h("i", { class: "interval", style: { left: percent(after[2]), width: percent(Math.max(after[3] - after[2], 0.005)) } }) : null,
    before ? h("i", { class: "mark", style: { left: percent(before[1]) } }) : null);
}
function verdict() {
  if (!oneRun()) return null;
  const [run] = store.runs;
  const cards = SETS.map(([set, title]) => {
    const [before, after] = ["before", "after"].map((phase) => passAt(run, phase, set));
    const final = after || before;
    if (!final) return null;
    const measured = run.evaluations[after ? "after" : "before"][set];
    return h("section", { class: "card" }, h("h2", {}, `Success on ${title}`),
      h("p", { class: "change" }, h("span", { class: "from" }, rate(before?.[1])), h("span", { class: "arrow", "aria-label": "to" }, " → "), h("span", { class: "to" }, rate(after?.[1]))),
      gauge(before, after),
      h("p", { class: "small" }, `pass@1 before ${after ? "and after " : ""}training; 95 % interval over ${plural(measured.tasks, "task")} ${rate(final[2])} to ${rate(final[3])}; ${plural(measured.episodes, "episode")} without hints, temperature ${measured.temperature}`));
  });
  return h("div", { class: "cards" }, cards, solvedCard(run));
}
function solvedCard(run) {
  const seen = new Set(run.columns.task.filter((_, i) => run.columns.phase[i] === run.by.train)).size;
  if (!seen) return null;
  const first = run.by.firsts.size ? Math.min(...run.by.firsts) : null;
  return h("section", { class: "card" }, h("h2", {}, "Tasks ever solved in training"),
    h("p", { class: "change" }, h("span", { class: "to" }, run.by.first.size), h("span", { class: "of" }, ` of ${run.tasks || seen}`)),
    h("p", { class: "small" }, first === null ? "no success yet" : ["first success in ", h("a", { href: episodeLink(run, first) }, `update ${run.columns.update[first]}`)]));
}
function cellOf(found) {
  return found ? [rate(found[1]), " ", h("span", { class: "range" }, `${rate(found[2])}–${rate(found[3])}`)] : "–";
}
function evaluationTable(run) {
  const all = Object.entries(run.evaluations).flatMap(([phase, sets]) => Object.entries(sets).map(([set, result]) => [phase, set, result]));
  if (!all.length) return null;
  const ks = [...new Set(all.flatMap(([, , result]) => result.curve.map(([k]) => k)))].sort((a, b) => a - b);
  const rows = all.map(([phase, set, result]) => [
    `${phaseName(phase)}, ${Object.fromEntries(SETS)[set] || set}`,
    ...ks.map((k) => cellOf(result.curve.find(([own]) => own === k))),
    short(result.distinct_outcomes), short(result.distinct_strategies), short(result.turns), short(result.tokens)]);
  return h("section", {}, h("h2", {}, "Evaluations"), table(["", ...ks.map((k) => `pass@${k}`), "outcomes per task", "strategies per task", "turns", "tokens"], rows, "Evaluations"));
}
const named = (...parts) => h("span", { class: "wrap" }, parts);
function comparison() {
  const list = arms();
  const number = (run, phase, set) => passAt(run, phase, set)?.[1];
  const cellFor = (runs, phase, set) => {
    const values = runs.map((run) => number(run, phase, set)).filter((v) => v !== undefined);
    if (!values.length) return "–";
    const { mean, low, high } = interval(values);
    return values.length > 1 ? [rate(mean), " ", h("span", { class: "range" }, `${rate(Math.max(low, 0))}–${rate(Math.min(high, 1))}`)] : rate(mean);
  };
  const pairs = SETS.flatMap(([set, name]) => ["before", "after"].map((phase) => [set, phase, `${name}, ${phase}`]));
  const first = (run) => (run.metrics.update || []).find((_, i) => run.metrics.success?.[i] > 0);
  const byArm = list.map(([arm, runs], i) => [
    named(view.arms || !severalSeeds() ? swatch({ colour: `c${i % COLOURS}`, dashed: Math.floor(i / COLOURS) || false }) : null, " ", arm), runs.length,
    ...pairs.map(([set, phase]) => cellFor(runs, phase, set))]);
  const byRun = store.runs.map((run) => [named(run.name), named(run.arm), run.seed, ...pairs.map(([set, phase]) => cellOf(passAt(run, phase, set))), first(run) ?? "–", run.rows, run.status]);
  return h("section", {}, h("h2", {}, "Arms"),
    h("p", { class: "small" }, "Runs of one arm differ in their seed alone. pass@1: mean over seeds, with its 95 % interval (Student's t) where there are several."),
    table(["arm", "seeds", ...pairs.map(([, , text]) => text)], byArm, "Arms"),
    h("h2", {}, "Runs"), h("p", { class: "small" }, "pass@1 with 95 % intervals over tasks."),
    table(["run", "arm", "seed", ...pairs.map(([, , text]) => text), "first success (update)", "updates", "status"], byRun, "Runs"));
}
function timeBars() {
  const phases = [["seconds/playing", "playing", "c0"], ["seconds/learning", "learning", "c1"], ["seconds/other", "other", "c2"]];
  const sum = (run, name) => (run.metrics[name] || []).reduce((total, v) => total + (v || 0), 0);
  const rows = groups().map(({ label, runs }) => [label, phases.map(([name]) => runs.reduce((total, run) => total + sum(run, name), 0) / runs.length)]);
  const longest = Math.max(...rows.map(([, parts]) => parts.reduce((a, b) => a + b, 0)));
  if (!(longest > 0)) return null;
  return h("section", {}, h("h2", {}, "Where the time went"),
    h("ul", { class: "legend" }, phases.map(([, name, colour]) => h("li", {}, h("i", { class: `block ${colour}`, "aria-hidden": "true" }), name))),
    h("div", { class: "bars" }, rows.map(([label, parts]) => h("div", {},
      h("p", { class: "small" }, oneRun() ? "this run" : label, ": ", parts.map((seconds, i) => `${phases[i][1]} ${clock(seconds)}`).join(", ")),
      h("div", { class: "stack", "aria-hidden": "true" }, parts.map((seconds, i) => h("i", { class: phases[i][2], style: { width: `${(100 * seconds) / longest}%` } })))))));
}
