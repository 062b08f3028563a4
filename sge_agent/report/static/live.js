// While a run is watched: asks the server for what is new, and draws it without losing the reader's place.
const EVERY = 2000;

function startLive(banner, refresh) {
  if (!store.live) return;
  const state = { failures: 0, heard: Date.now() };
  const tell = (kind, text) => { banner.className = `live ${kind}`; if (banner.textContent !== text) banner.textContent = text; };
  function show() {
    const run = store.runs[0];
    const progress = run.updates ? `update ${run.rows} of ${run.updates}` : plural(run.rows, "update");
    const quiet = (Date.now() - state.heard) / 1000;
    if (state.failures > 1) tell("lost", "The watching command does not answer: it was ended, or the machine is away. What is shown is as of then.");
    else if (run.status === "not begun") tell("waiting", "Waiting for the run to begin …");
    else if (run.status === "running") tell("running", `Running: ${progress}${quiet > 60 ? ` · nothing new for ${clock(quiet)}` : ""}`);
    else tell(run.status, `The run is ${run.status}${run.error ? `: ${run.error}` : ""} · ${progress}`);
  }
  async function ask() {
    try {
      const answer = await fetch(`news?have=${encodeURIComponent(JSON.stringify(have(store.runs[0])))}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const news = await answer.json();
      state.failures = 0;
      const before = JSON.stringify([store.runs[0].status, store.runs[0].evaluations, store.runs[0].notes]);
      const changed = news.rows !== store.runs[0].rows || news.episodes.columns.phase.length > 0 || news.generation !== store.runs[0].generation;
      if (!take(0, news)) store.runs[0].generation = "";
      else if (changed || before !== JSON.stringify([news.status, news.evaluations, news.notes])) { state.heard = Date.now(); refresh(); }
    } catch {
      state.failures += 1;
    }
    show();
    setTimeout(ask, document.hidden ? 4 * EVERY : EVERY);
  }
  show();
  setTimeout(ask, 300);
}
