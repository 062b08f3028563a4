// The frame: head, tabs, keys, theme, and which view is open.
const TABS = [["results", "Results", buildResults], ["strategies", "Strategies", buildMap], ["episodes", "Episodes", buildEpisodes], ["settings", "Settings", buildSettings]];
const KEYS = [["1 2 3 4", "results, strategies, episodes, settings"], ["j or ↓, k or ↑", "next, previous episode"], ["Enter", "open the episode, or the chosen attempt"], ["/", "search in all text"],
  ["Esc", "back to the list"], ["s", "shading of tokens on and off"], ["r", "go to the attempt that the hint was made from"], ["m", "strategy map of this episode's task"],
  ["[ and ]", "previous, next task of the map"], ["arrow keys", "move between attempts of the map, read values of a focused chart"], ["t", "light or dark"], ["?", "this help"]];
const built = new Map();
let current = null;

function setHash(words) {
  if (safeDecode(location.hash.slice(1)) !== safeDecode(words)) history.replaceState(null, "", `#${words}`);
}
function title() {
  const [run] = store.runs;
  return oneRun() ? `${run.explore || "run"} on ${run.env || run.name}` : `${store.runs.length} runs compared`;
}
function facts() {
  if (!oneRun()) return `${plural(arms().length, "arm")}, ${plural(store.runs.reduce((sum, run) => sum + run.n, 0), "recorded episode")}`;
  const [run] = store.runs;
  const last = (name) => { const column = run.metrics[name]; return column && column.length ? column[column.length - 1] : null; };
  return [`run ${run.name}`, run.seed !== "" ? `seed ${run.seed}` : "", run.rows ? `${plural(run.rows, "update")}${last("episodes_total") === null ? "" : `, ${plural(last("episodes_total"), "episode")}`}` : "",
    last("elapsed") === null ? "" : `${clock(last("elapsed"))} of training`, `${plural(run.n, "episode")} in the transcript`].filter(Boolean).join(" · ");
}
function helpDialog() {
  const dialog = h("dialog", { class: "help", "aria-label": "Keys" }, h("h2", {}, "Keys"), h("dl", {}, KEYS.map(([key, text]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)))),
    h("form", { method: "dialog" }, h("button", {}, "Close")));
  return dialog;
}

function start() {
  const banner = h("p", { class: "live", role: "status", hidden: !store.live });
  const subtitle = h("p", { class: "facts" });
  const heading = h("h1");
  const status = h("span");
  const dialog = helpDialog();
  const main = h("main", { id: "view", tabindex: "-1" });
  const tabs = h("nav", { "aria-label": "Views" }, TABS.map(([name, text], n) => h("a", { href: `#${name}`, "data-tab": name, title: `key ${n + 1}` }, text)));
  $("#app").append(
    h("a", { class: "skip", href: "#view", onclick: (event) => { event.preventDefault(); main.focus(); } }, "Skip to the content"),
    h("header", { class: "top" }, banner, h("div", { class: "title" }, h("div", {}, heading, subtitle),
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => theme(), "aria-label": "light or dark" }, "◐"), h("button", { type: "button", onclick: () => dialog.showModal(), "aria-label": "keys" }, "?"))), tabs),
    main, dialog);
  function head() {
    heading.replaceChildren(title(), " ", status);
    const only = oneRun() ? store.runs[0].status : "";
    status.className = only === "finished" ? "badge good" : "badge";
    status.textContent = only;
    status.hidden = !only;
    subtitle.textContent = facts();
  }
  function route() {
    const [place, query] = location.hash.slice(1).split("?");
    const [name, ...words] = place.split("/").map(safeDecode);
    const tab = TABS.find(([own]) => own === name) || TABS[0];
    if (!built.has(tab[0])) built.set(tab[0], tab[2]());
    const page = built.get(tab[0]);
    const moved = current !== page;
    current = page;
    document.body.dataset.view = tab[0];
    for (const link of $$("a", tabs)) link.toggleAttribute("aria-current", link.dataset.tab === tab[0]);
    for (const link of $$("a[aria-current]", tabs)) link.setAttribute("aria-current", "page");
    if (moved) { main.replaceChildren(page.node); window.scrollTo(0, 0); }
    if (page.stale) { page.stale = false; page.refresh(); }
    page.open?.(words, new URLSearchParams(query || ""));
  }
  function refresh() {
    head();
    for (const page of built.values()) { if (page === current) page.refresh(); else page.stale = true; }
  }
  addEventListener("hashchange", route);
  addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape" && typing) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing || dialog.open) return;
    if (event.key === "?") dialog.showModal();
    else if (event.key === "t") theme();
    else if (/^[1-4]$/.test(event.key)) location.hash = TABS[Number(event.key) - 1][0];
    else if (event.key === "/" && document.body.dataset.view !== "episodes") { location.hash = "episodes"; setTimeout(() => current.key?.(event)); }
    else if (!current.key?.(event)) return;
    event.preventDefault();
  });
  head();
  route();
  startLive(banner, refresh);
  document.documentElement.dataset.ready = "yes";
}
function safeDecode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}
start();
