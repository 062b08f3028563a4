"use strict";
// Read-out of the curves: a line follows the pointer, and the legend shows the values there.
for (const figure of document.querySelectorAll("figure.chart")) {
  const { lines, x, box, xLabel } = JSON.parse(figure.dataset.chart);
  const svg = figure.querySelector("svg");
  const cross = figure.querySelector(".cross");
  const values = figure.querySelectorAll(".value");
  const nearest = (points, at) =>
    points.reduce((best, p) => (Math.abs(p[0] - at) < Math.abs(best[0] - at) ? p : best));
  const show = (event) => {
    const rect = svg.getBoundingClientRect();
    const at = ((event.clientX - rect.left) / rect.width) * svg.viewBox.baseVal.width;
    const wanted = x[0] + ((Math.min(Math.max(at, box[0]), box[1]) - box[0]) / (box[1] - box[0])) * (x[1] - x[0]);
    const [px] = nearest(lines.flat(), wanted);
    const place = box[0] + ((px - x[0]) / (x[1] - x[0])) * (box[1] - box[0]);
    cross.setAttribute("x1", place);
    cross.setAttribute("x2", place);
    figure.classList.add("reading");
    values.forEach((value, i) => {
      const [, y] = nearest(lines[i], px);
      value.textContent = y >= 100 ? Math.round(y).toLocaleString("en") : String(Number(y.toPrecision(3)));
    });
    figure.title = `${xLabel} ${px}`;
  };
  const hide = () => {
    figure.classList.remove("reading");
    values.forEach((value) => (value.textContent = ""));
  };
  svg.addEventListener("pointermove", show);
  svg.addEventListener("pointerleave", hide);
}
// Filter of the episodes; without scripts all of them are simply there.
for (const section of document.querySelectorAll(".episodes")) {
  section.querySelector(".filter").hidden = false;
  section.addEventListener("change", (event) => {
    if (event.target.type === "radio") section.dataset.show = event.target.value;
  });
}
