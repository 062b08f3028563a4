// Settings of the runs side by side; those that differ are marked.
function buildSettings() {
  const node = h("section");
  const only = { differing: store.runs.length > 1 };
  function refresh() {
    const names = [...new Set(store.runs.flatMap((run) => Object.keys(run.config)))];
    const differs = (name) => new Set(store.runs.map((run) => run.config[name] ?? "")).size > 1;
    const rows = names.filter((name) => !only.differing || differs(name));
    const many = store.runs.length > 1;
    node.replaceChildren(h("h2", {}, "Settings"),
      many ? h("label", { class: "check" }, h("input", { type: "checkbox", checked: only.differing, onchange: (event) => { only.differing = event.target.checked; refresh(); } }), "only those that differ") : "",
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Settings" }, h("table", { class: "settings" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "setting"), store.runs.map((run) => h("th", { scope: "col" }, many ? run.name : "value")))),
        h("tbody", {}, rows.map((name) => h("tr", { class: differs(name) ? "differs" : null }, h("th", { scope: "row" }, name), store.runs.map((run) => h("td", {}, run.config[name] ?? ""))))))));
  }
  refresh();
  return { node, refresh };
}
