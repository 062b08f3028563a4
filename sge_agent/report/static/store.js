// The data of the page: runs with their rows and the index of their episodes; the texts come page by page.
const data = JSON.parse($("#data").textContent);
const store = { runs: [], live: data.live, pages: data.pages, folder: data.folder };
const BLANK = () => ({ rows: 0, metrics: {}, n: 0, columns: {}, tables: {}, sources: new Map(), generation: "" });

// Takes a run as the server or the file tells it: from the start, or what joined since.
function take(number, news) {
  let run = store.runs[number];
  if (!run || run.generation !== news.generation || news.episodes.start !== run.n || news.metrics.start !== run.rows) {
    if (news.episodes.start || news.metrics.start) return false;
    run = store.runs[number] = { number, ...BLANK() };
  }
  const { metrics, episodes, rows, ...facts } = news;
  const fresh = rows - metrics.start;
  for (const name of Object.keys(metrics.columns)) run.metrics[name] ||= Array(run.rows).fill(null);
  for (const [name, column] of Object.entries(run.metrics)) column.push(...(metrics.columns[name] || Array(fresh).fill(null)));
  for (const [name, items] of Object.entries(episodes.tables)) run.tables[name] = (run.tables[name] || []).concat(items);
  for (const [name, column] of Object.entries(episodes.columns)) run.columns[name] = (run.columns[name] || []).concat(column);
  for (const [own, found] of Object.entries(episodes.sources)) run.sources.set(Number(own), found);
  Object.assign(run, facts, { rows, n: run.columns.phase.length });
  run.by = derived(run);
  derivedMetrics(run);
  return true;
}

// What follows from the index: the first success of every task, and for each attempt who reflects on it.
function derived(run) {
  const { phase, success, task } = run.columns;
  const train = run.tables.phases.indexOf("train");
  const first = new Map();
  for (let i = 0; i < run.n; i += 1) if (success[i] && phase[i] === train && !first.has(task[i])) first.set(task[i], i);
  const readers = new Map();
  for (const [own, found] of run.sources) {
    for (const [number] of found) if (number >= 0) readers.set(number, (readers.get(number) || []).concat(own));
  }
  return { first, firsts: new Set(first.values()), readers, train };
}

function have(run) {
  const counts = { episodes: run.n, rows: run.rows, generation: run.generation };
  for (const [name, items] of Object.entries(run.tables)) counts[name] = items.length;
  return counts;
}

const cell = (run, table, column, i) => run.tables[table][run.columns[column][i]];
const taskName = (run, task) => { const one = run.tables.tasks[task]; return one.goal || one.key; };
const curve = (run, name, x = "update") => {
  const [xs, ys] = [run.metrics[x], run.metrics[name]];
  if (!xs || !ys) return [];
  return xs.map((value, i) => [value, ys[i]]).filter(([a, b]) => a !== null && b !== null);
};

// Pages of texts. At most a few stay parsed.
const LIVE_PAGE = 50;
const parsed = new Map();
const waiting = new Map();
window.sgePage = (name, episodes) => { const go = waiting.get(name); waiting.delete(name); if (go) go(episodes); };

function pageOf(run, i) {
  if (store.live) return Math.floor(i / LIVE_PAGE);
  const starts = store.pages[run.number];
  let page = starts.length - 1;
  while (page > 0 && starts[page] > i) page -= 1;
  return page;
}
const pageStart = (run, page) => (store.live ? page * LIVE_PAGE : store.pages[run.number][page]);

async function loadPage(run, page) {
  const name = `${run.number}-${page}`;
  const known = parsed.get(name);
  const expected = store.live ? Math.min(LIVE_PAGE, run.n - page * LIVE_PAGE) : 1;
  if (known && known.generation === run.generation && known.episodes.length >= expected) return known.episodes;
  const episodes = await fetchPage(name, run, page);
  parsed.delete(name);
  parsed.set(name, { episodes, generation: run.generation });
  while (parsed.size > 6) parsed.delete(parsed.keys().next().value);
  return episodes;
}
async function fetchPage(name, run, page) {
  if (store.live) {
    const answer = await fetch(`page?page=${page}&generation=${encodeURIComponent(run.generation)}`);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return answer.json();
  }
  const block = document.getElementById(`page-${name}`);
  if (block) return JSON.parse(block.textContent);
  return new Promise((resolve, reject) => {
    const file = `${store.folder}/${name}.js`;
    const script = h("script", { src: file });
    waiting.set(name, resolve);
    script.onload = () => { script.remove(); if (waiting.delete(name)) reject(new Error(`${file} is damaged`)); };
    script.onerror = () => { script.remove(); waiting.delete(name); reject(new Error(`${file} cannot be read; it belongs beside this page`)); };
    document.head.append(script);
  });
}
async function loadEpisode(run, i) {
  const page = pageOf(run, i);
  const episodes = await loadPage(run, page);
  return episodes[i - pageStart(run, page)];
}

data.runs.forEach((run, number) => take(number, run));
