"use strict";
(() => {
  const table = document.getElementById("pairs");
  const form = document.getElementById("controls");
  const count = document.getElementById("count");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const field = (name) => document.getElementById("filter-" + name);
  const whole = new Intl.NumberFormat("en-US");

  const show = () => {
    const words = field("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const [rep, division, grade, state] = ["rep", "division", "grade", "state"].map((name) => field(name).value);
    let shown = 0;
    for (const row of rows) {
      const data = row.dataset;
      const text = texts.get(row);
      const visible = (!rep || data.rep === rep) && (!division || data.division === division) &&
        (!grade || data.grade === grade) &&
        (!state || data.state === state || (state === "eligible" && data.state === "now")) &&
        words.every((word) => text.includes(word));
      row.hidden = !visible;
      shown += visible ? 1 : 0;
    }
    count.textContent = whole.format(shown) + " of " + whole.format(rows.length) + " pairs shown";
    // On paper the fields are gone: what was chosen in them is said beside the number.
    const chosen = [...form.elements].filter((element) => element.value && element.labels?.length)
      .map((element) => element.labels[0].textContent + ": " + (element.selectedOptions?.[0].text ?? element.value));
    if (chosen.length) count.dataset.chosen = chosen.join(", ");
    else delete count.dataset.chosen;
  };

  const sortBy = (header) => {
    const column = header.cellIndex;
    const asNumber = header.dataset.sort === "number";
    const was = header.getAttribute("aria-sort");
    // Places and words begin with the first, figures with the largest.
    const rising = was ? was === "descending" : !asNumber || column === 0;
    const value = (row) => asNumber ? Number(row.cells[column].dataset.value) : row.cells[column].textContent.trim();
    const compare = asNumber ? (a, b) => a - b : new Intl.Collator("en", { numeric: true }).compare;
    const keyed = rows.map((row) => [value(row), row]);
    keyed.sort((a, b) => (rising ? 1 : -1) * compare(a[0], b[0]) ||
      Number(a[1].cells[0].dataset.value) - Number(b[1].cells[0].dataset.value));
    body.append(...keyed.map((pair) => pair[1]));
    for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", rising ? "ascending" : "descending");
  };

  for (const header of table.tHead.rows[0].cells) {
    if (!header.dataset.sort) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.replaceChildren(button);
    button.addEventListener("click", () => sortBy(header));
  }
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  form.hidden = false;
  show();
})();
