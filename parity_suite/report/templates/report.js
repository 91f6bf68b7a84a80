"use strict";
(() => {
  // On paper nothing can be opened; the ids that a cause explains would fill pages.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("#difference details:not([open])")];
    opened.forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));

  // Columns of a row, as the page is given them.
  const [CHECK, STAGE, SUBJECT, LAW, STATE, VERDICT, SHARE, SECONDS, CAUSE, TEXT] = Array(10).keys();
  const COLUMNS = { state: STATE, subject: SUBJECT, stage: STAGE, law: LAW, cause: CAUSE };
  const SHOWN = 50;
  const get = (id) => document.getElementById(id);
  const rows = JSON.parse(get("data").textContent);
  if (!rows.length) return;
  const texts = rows.map((row) => `${row[CHECK]} ${row[VERDICT]} ${row[TEXT]}`.toLowerCase());
  let found = [];
  let shown = 0;

  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  const line = (row) => {
    const made = element("tr");
    const first = element("td");
    const id = element("code", row[CHECK]);
    if (row[TEXT]) {
      const details = element("details");
      const summary = element("summary");
      summary.append(id);
      details.append(summary, element("pre", row[TEXT]));
      first.append(details);
    } else {
      first.append(id);
    }
    const known = row[STATE] === "known" ? "known, " : "";
    made.append(
      first,
      element("td", known + row[VERDICT], `verdict ${row[STATE].replace(" ", "-")}`),
      element("td", row[SHARE], "number"),
      element("td", row[SECONDS].toFixed(2), "number"),
    );
    return made;
  };

  const more = () => {
    const next = found.slice(shown, shown + SHOWN).map((place) => line(rows[place]));
    get("rows").append(...next);
    shown += next.length;
    const left = found.length - shown;
    get("more").hidden = !left;
    get("more").textContent = `show ${Math.min(left, SHOWN)} more of ${left}`;
    get("found").textContent = `${found.length} of ${rows.length} findings` + (left ? `, the first ${shown} shown` : "");
    return next[0];
  };

  const number = (row, column) => (row[column] === "inf" ? Infinity : Number(row[column] || 0));

  const filter = () => {
    const words = get("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = Object.entries(COLUMNS).map(([id, column]) => [column, get(id).value]).filter(([, value]) => value);
    found = [];
    rows.forEach((row, place) => {
      if (wanted.every(([column, value]) => String(row[column]) === value) && words.every((word) => texts[place].includes(word))) found.push(place);
    });
    const column = Number(get("order").value);
    if (column) found.sort((one, other) => number(rows[other], column) - number(rows[one], column) || one - other);
    get("rows").replaceChildren();
    shown = 0;
    more();
  };

  for (const [id, column] of Object.entries(COLUMNS)) {
    const values = [...new Set(rows.map((row) => row[column]))].filter(Boolean);
    if (column === CAUSE) values.sort((one, other) => one - other);
    else if (column !== STATE) values.sort();
    get(id).append(...values.map((value) => element("option", value)));
    get(id).closest("label").hidden = values.length < 2;
  }
  get("filters").addEventListener("submit", (event) => event.preventDefault());
  get("filters").addEventListener("input", filter);
  get("filters").addEventListener("reset", () => setTimeout(filter));
  get("more").addEventListener("click", () => {
    const first = more();
    // Who goes on by keyboard goes on where the new rows begin.
    first.tabIndex = -1;
    first.focus();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href='#findings']");
    if (!link) return;
    get("filters").reset();
    for (const [name, value] of Object.entries(link.dataset)) get(name).value = value;
    filter();
  });
  filter();
})();
