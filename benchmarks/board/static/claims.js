// What the field claims, beside what came out here.
function claims(slices) {
  return [leashSection(slices), entropySection(slices), reachSection(slices)];
}
const withRange = (found) => (found ? [rate(found[0]), soft(found)] : "–");
const slicesName = (slice) => slice.name.replaceAll("_", " ");

function leashSection(slices) {
  const many = DATA.measures.indexOf(`train pass@${DATA.many}`);
  const once = DATA.measures.indexOf("train pass@1");
  const detail = (slice) => {
    const names = Object.keys(slice.lines).sort((a, b) => slice.lines[b].estimates[once][0] - slice.lines[a].estimates[once][0]);
    const verdict = (name) => [slice.leash.broken.includes(name) ? "beyond the base" : "", slice.leash.narrowed.includes(name) ? "narrower than the base" : ""].filter(Boolean).join(", ") || "–";
    return [h("h4", {}, slicesName(slice)),
      table(["method", "train pass@1", `train pass@${DATA.many}`, "verdict"], names.map((name) => [name, withRange(slice.lines[name].estimates[once]), withRange(slice.lines[name].estimates[many]), verdict(name)]), `Leash on ${slice.name}`)];
  };
  const all = (slice) => Object.keys(slice.lines).length;
  return h("section", {}, h("h3", {}, "Does training pass what the base reaches in many attempts?"),
    h("p", {}, `Beyond the base: one attempt of the trained model solves more than the base's many, intervals apart. Narrower: ${DATA.many} attempts of the trained model solve less than ${DATA.many} of the base.`),
    table(["slice", "base, many attempts", `base pass@${DATA.many}`, "methods beyond the base", "methods narrower"],
      slices.map((slice) => [slicesName(slice), [`pass@${slice.leash.k} `, withRange(slice.leash.base)], withRange(slice.leash.many),
        `${slice.leash.broken.length} of ${all(slice)}`, `${slice.leash.narrowed.length} of ${all(slice)}`]), "Leashes"),
    h("details", { class: "more" }, h("summary", {}, "Every method"), slices.map(detail)));
}
function entropySection(slices) {
  const keys = new Map(slices.flatMap((slice) => slice.correlations.map(([role, onSge]) => [`${role} ${onSge}`, [role, onSge]])));
  const cell = (slice, role, onSge) => {
    const rho = slice.correlations.find((one) => one[0] === role && one[1] === onSge)?.[2];
    return rho ? [signed(rho[0]), soft(rho, signed)] : "–";
  };
  return h("section", {}, h("h3", {}, "Does entropy predict success?"),
    h("p", {}, "Spearman's correlation, over methods, of the entropy in the first quarter of training with held-out pass@1 at the end; 95 % bootstrap interval over methods. “–” where too few methods were played or none differ."),
    table(["entropy of", ...slices.map(slicesName)], [...keys.values()].map(([role, onSge]) => [`${role} tokens, methods ${onSge ? "on SGE" : "alone"}`, ...slices.map((slice) => cell(slice, role, onSge))]), "Entropy and success"));
}
function reachSection(slices) {
  const names = [...new Set(slices.flatMap((slice) => slice.reaches.map(([name]) => name)))];
  const cell = (slice, name) => {
    const found = slice.reaches.find((one) => one[0] === name);
    return found ? [`${whole(found[2])} of ${whole(found[1])}`, h("span", { class: "gap" }, `${whole(found[3])} by sge alone`)] : "–";
  };
  return h("section", {}, h("h3", {}, "Do methods on tokens reach outcomes that strategies do not?"),
    h("p", {}, "Different pairs of training task and outcome that the seeds of a method came to: how many of them sge never came to, with the same seeds, and how many only sge came to."),
    names.length ? table(["method", ...slices.map(slicesName)], names.map((name) => [name, ...slices.map((slice) => cell(slice, name))]), "Reached outcomes") : h("p", { class: "small" }, "No such method shares a seed with sge yet."));
}
