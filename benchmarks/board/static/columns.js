// The numbers of the page, and the columns that they stand in.
const DATA = JSON.parse($("#data").textContent);
const ABOUT = new Map(DATA.arms.map((one) => [one.name, one]));
const MAIN = 0;
const BASE = "base";
const REFERENCES = ["sge", "grpo"];
const isReference = (name) => REFERENCES.includes(name);
const WORDS = {
  area: ["area under\nthe curve", "Mean height of the curve of success on the training tasks against episodes: early success counts."],
  outcomes: ["distinct\noutcomes", "Different ends among the episodes that a task is played in one update of training."],
};
// Heading and explanation of a measure, such as held-out pass@8.
function titleOf(measure) {
  const [, set, k] = measure.match(/^(\S+) pass@(\d+)$/) || [];
  if (!set) return WORDS[measure];
  const tasks = set === "train" ? "training tasks" : "tasks that were not trained on";
  const rank = measure === DATA.measures[MAIN] ? " The rank goes by it." : "";
  return [`${set}\npass@${k}`, (k === "1" ? `Share of single attempts that succeed on ${tasks}.` : `Chance that at least one of ${k} attempts succeeds on ${tasks}.`) + rank];
}

const signed = (x) => `${x <= -0.005 ? "−" : "+"}${Math.abs(x).toFixed(2)}`;
// A name that may be broken where its parts meet.
const breakable = (name) => name.split(/(?<=[+_])/).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));
const whole = (x) => count(Math.round(x));
// An interval, where there is one: one seed has none, nor have seeds that all came to the same.
const wide = (found) => found[2] > found[1];
const soft = (found, text = rate) => (wide(found) ? h("span", { class: "gap" }, `${text(found[1])} to ${text(found[2])}`) : null);

// An estimate as number, bar and, for those who do not see the bar or want it in figures, its interval.
function estimateCell(found, { top = 1, written = false } = {}) {
  if (!found) return "–";
  const percent = (x) => `${(100 * Math.max(0, Math.min(x / top, 1))).toFixed(1)}%`;
  const bar = h("span", { class: "span", "aria-hidden": "true" },
    h("i", { style: { left: percent(found[1]), width: percent(Math.max(found[2] - found[1], 0)) } }), h("b", { style: { left: percent(found[0]) } }));
  return [rate(found[0]), written ? soft(found) : h("span", { class: "visually-hidden" }, wide(found) ? ` (${rate(found[1])} to ${rate(found[2])})` : ""), bar];
}
function gainCell(found) {
  if (!found) return "–";
  const sure = !wide(found) ? "" : found[1] > 0 ? "gainful" : found[2] < 0 ? "losing" : "";
  return [h("span", { class: sure }, signed(found[0])), soft(found, signed)];
}
const rankText = (line) => (line.rank === undefined ? "–" : `${line.tied ? "=" : ""}${line.rank}`);
const column = (id, title, explain, value, cell, best = "high") => ({ id, title, explain, value, cell, best });

// Columns of a slice: each reads one line of it. Those without any number are left out.
function sliceColumns(slice) {
  const lines = Object.values(slice.lines);
  const most = Math.max(1, ...lines.map((line) => line.estimates[DATA.measures.indexOf("outcomes")][2]));
  const measured = DATA.measures.map((name, i) => column(name, ...titleOf(name), (line) => line.estimates[i]?.[0] ?? null,
    (line) => estimateCell(line.estimates[i], { top: name === "outcomes" ? most : 1, written: i === MAIN })));
  const all = [
    column("rank", "rank", "1 + how many methods have an interval that lies wholly above this one's. “=” marks those that share a rank: they cannot be told apart.",
      (line) => line.rank ?? null, rankText, "low"),
    measured[MAIN],
    column("gain", "gain\nover grpo", "Held-out pass@1 less that of grpo. Coloured where the interval excludes 0.", (line) => line.gain?.[0] ?? null, (line) => gainCell(line.gain)),
    ...measured.slice(1),
    column("first", "first success\n(episodes)", "Training episodes without a hint until the first that succeeds on a task that the base never solves; the median of the seeds, “–” where most had none.",
      (line) => line.first ?? null, (line) => (line.first == null ? "–" : whole(line.first)), "low"),
    column("forgotten", "forgotten", "Share of the base's success on easier tasks that is gone after training; below 0 where it grew.",
      (line) => line.forgotten?.[0] ?? null, (line) => (line.forgotten ? [rate(line.forgotten[0]), soft(line.forgotten)] : "–"), "low"),
    column("tokens", "generated\ntokens", "Tokens sampled in training, mean of the seeds. All methods have the same number of episodes.", (line) => line.tokens ?? null,
      (line) => (line.tokens === undefined ? "–" : short(line.tokens)), "low"),
    column("seconds", "CPU\nseconds", "Processor time of playing and learning, one thread, mean of the seeds.", (line) => line.seconds ?? null,
      (line) => (line.seconds === undefined ? "–" : short(line.seconds)), "low"),
    column("seeds", "seeds", "Runs with other random numbers. Intervals are 95 % bootstrap intervals over them.", (line) => line.seeds ?? null, (line) => line.seeds ?? "–"),
  ];
  return all.filter((one) => lines.some((line) => one.value(line) !== null));
}
// Columns of all slices together: a line has the overall estimate, and its lines by slice.
function overallColumns() {
  return [
    column("rank", "rank", `As on a slice, for the mean over ${sharedText()}. Methods that were not played on all of these have none.`, (line) => line.rank ?? null, rankText, "low"),
    column("overall", "held-out\npass@1", `Mean over ${sharedText()} of the share of single attempts that succeed on held-out tasks.`, (line) => line.overall?.[0] ?? null,
      (line) => estimateCell(line.overall, { written: true })),
    ...DATA.slices.map((slice) => column(slice.name, slice.name.replaceAll("_", " "), `Held-out pass@1 on ${slice.title}, with the rank there.`,
      (line) => line.by[slice.name]?.estimates[MAIN][0] ?? null,
      (line) => (line.by[slice.name] ? [estimateCell(line.by[slice.name].estimates[MAIN]), h("span", { class: "gap" }, `rank ${rankText(line.by[slice.name])}`)] : "–"))),
    column("seconds", "CPU\nseconds", `Processor time of playing and learning, one thread, summed over ${sharedText()}.`, (line) => line.seconds ?? null,
      (line) => (line.seconds === undefined ? "–" : short(line.seconds)), "low"),
  ];
}
function sharedText() {
  return DATA.shared.map((name) => name.replaceAll("_", " ")).join(", ");
}
function overallLines() {
  const ranks = Object.values(DATA.overall).map((found) => found[3]);
  const lines = DATA.arms.map(({ name }) => {
    const by = Object.fromEntries(DATA.slices.filter((slice) => slice.lines[name]).map((slice) => [slice.name, slice.lines[name]]));
    const found = DATA.overall[name];
    const everywhere = DATA.shared.every((slice) => by[slice]);
    return [name, { by, overall: found && found.slice(0, 3), rank: found?.[3], tied: found && ranks.filter((rank) => rank === found[3]).length > 1,
      seconds: everywhere ? DATA.shared.reduce((sum, slice) => sum + by[slice].seconds, 0) : undefined }];
  });
  return Object.fromEntries(lines);
}
// What the untrained model does on the training tasks, as far as it is a line of the table.
function baseLine(slice) {
  const estimates = DATA.measures.map((name) => (name.startsWith("train pass@") ? slice.base[name.slice("train pass@".length)] : null));
  return { estimates };
}
