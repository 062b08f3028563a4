// Means with 95 % intervals (Student's t), and curves of several seeds on one grid.
const T95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042];

function interval(values) {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  if (n < 2) return { mean, low: mean, high: mean, n };
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
  const half = ((T95[n - 2] || 1.96 + 2.4 / (n - 1)) * deviation) / Math.sqrt(n);
  return { mean, low: mean - half, high: mean + half, n };
}

// Points [x, y] -> points with the mean of up to `window` neighbours; ends use what there is. The interval is over them.
function smoothed(points, window) {
  const half = Math.floor(window / 2);
  return points.map(([x], i) => {
    const near = points.slice(Math.max(i - half, 0), i + half + 1).map((p) => p[1]);
    return { x, ...interval(near) };
  });
}

function at(points, x) {
  if (x < points[0].x || x > points[points.length - 1].x) return null;
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle].x <= x) low = middle;
    else high = middle;
  }
  const [a, b] = [points[low], points[high]];
  return b.x === a.x ? a.mean : a.mean + ((b.mean - a.mean) * (x - a.x)) / (b.x - a.x);
}

// Curves of the seeds of an arm -> one curve: their mean where all of them reach, with the interval over the seeds.
function acrossSeeds(curves, most = 160) {
  const some = curves.filter((curve) => curve.length);
  if (some.length < 2) return some[0] ? some[0].map((p) => ({ ...p, seeds: 1 })) : [];
  const first = Math.max(...some.map((curve) => curve[0].x));
  const last = Math.min(...some.map((curve) => curve[curve.length - 1].x));
  const shared = some[0].map((p) => p.x).filter((x) => x >= first && x <= last);
  const same = shared.length <= most && some.every((curve) => shared.every((x) => curve.some((p) => p.x === x)));
  const grid = same ? shared : Array.from({ length: most }, (_, i) => first + ((last - first) * i) / (most - 1));
  return grid.map((x) => ({ x, ...interval(some.map((curve) => at(curve, x))), seeds: some.length }));
}

function thinned(points, most = 400) {
  if (points.length <= most) return points;
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => points[Math.round(i * step)]);
}

function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 4, 5, 8, 10].map((m) => m * power).find((top) => top >= value * (1 - 1e-9));
}
// About as many round places as wanted; whole: at whole numbers alone, as updates are.
function ticks(left, right, wanted, whole = false) {
  let step = roundUp((right - left) / Math.max(1, wanted));
  if (whole || step > 1 || right - left >= 2) step = Math.ceil(step);
  const first = Math.ceil(left / step - 1e-9);
  const found = [];
  for (let i = first; i * step <= right + step * 1e-6; i += 1) found.push(i * step);
  return found;
}
