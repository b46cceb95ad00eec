// Tables of the pages: sort, filter, export to CSV; and tooltips by mouse, keyboard and touch. Without this file every
// table and every tooltip (title) is complete.
(() => {
  "use strict";

  const FILTER_FROM_ROWS = 3;
  // By name of the export, so that a table that the stream replaces keeps its order and filter.
  const choices = new Map();

  const plain = (text) => text.replace(/\s+/g, " ").trim().replaceAll("−", "-").replaceAll("–", "");
  const NUMBER = /^[+-]?\$?[\d,]*\.?\d+%?$/;

  // The text of a cell without its gray addition: "−110" of "first −120, −110".
  function textOf(cell) {
    const copy = cell.cloneNode(true);
    if (cell.classList.contains("num")) for (const each of copy.querySelectorAll("small")) each.remove();
    return plain(copy.textContent);
  }

  // A number or a text to sort by; null where nothing is known, which sorts last in either direction.
  function valueOf(cell) {
    if (!cell) return null;
    if (cell.dataset.sort) return Number(cell.dataset.sort);
    const instant = cell.querySelector("time[datetime]");
    if (instant) return Date.parse(instant.dateTime);
    const text = textOf(cell);
    const number = text.match(/^[+-]?\$?[\d,]*\.?\d+/);
    if (number) return Number(number[0].replace(/[$,+]/g, ""));
    return text && !cell.classList.contains("num") ? text.toLowerCase() : null;
  }

  // What moves as one: a game with its markets, else a row.
  const groupsOf = (table) =>
    table.tBodies.length > 1 ? [...table.tBodies] : [...table.tBodies[0].rows].filter((row) => !row.classList.contains("total"));

  const rowsOf = (group) => (group.rows ? [...group.rows] : [group]);

  // Cells of a row by column; the first cell of a group spans its rows.
  function cellsOf(group, row) {
    const first = rowsOf(group)[0];
    return row === first ? [...row.cells] : [...(first.cells[0].rowSpan > 1 ? [first.cells[0]] : []), ...row.cells];
  }

  const compare = (one, two) => (typeof one === typeof two ? (one < two ? -1 : Number(one > two)) : typeof one < typeof two ? -1 : 1);

  // A group sorts by its largest value downwards and by its smallest upwards.
  function keyOf(group, column, direction) {
    const known = rowsOf(group).map((row) => valueOf(cellsOf(group, row)[column])).filter((value) => value !== null);
    return known.length ? known.sort((one, two) => direction * compare(one, two))[0] : null;
  }

  function sort(table, column, direction) {
    const keyed = groupsOf(table).map((group) => [keyOf(group, column, direction), group]);
    keyed.sort(([one], [two]) => (one === null || two === null ? Number(one === null) - Number(two === null) : direction * compare(one, two)));
    const totals = [...table.tBodies[0].querySelectorAll("tr.total")];
    for (const [, group] of keyed) group.parentNode.append(group);
    for (const row of totals) row.parentNode.append(row);
    [...table.tHead.rows[0].cells].forEach((head, position) => {
      if (position === column) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
  }

  function filter(table, text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const group of groupsOf(table)) {
      const content = plain(group.textContent).toLowerCase();
      group.hidden = !words.every((word) => content.includes(word));
    }
  }

  // A text that a spreadsheet would run as a formula is marked as text.
  function field(cell) {
    const text = cell.dataset.csv ?? textOf(cell);
    if (NUMBER.test(text)) return text.replace(/[$,%+]/g, "");
    return `"${text.replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
  }

  function csv(table) {
    const heads = [...table.tHead.rows[0].cells];
    const shown = heads.map((head, position) => [head, position]).filter(([head]) => !("picture" in head.dataset));
    const names = shown.map(([head]) => {
      const unit = head.dataset.unit ? ` (${head.dataset.unit})` : "";
      return `"${plain(head.textContent)}${unit}"`;
    });
    const rows = groupsOf(table).filter((group) => !group.hidden).flatMap((group) =>
      rowsOf(group).map((row) => {
        const cells = cellsOf(group, row);
        return shown.map(([, position]) => (cells[position] ? field(cells[position]) : "")).join(",");
      }));
    return [names.join(","), ...rows].join("\r\n") + "\r\n";
  }

  function save(table) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", csv(table)], { type: "text/csv;charset=utf-8" }));
    link.download = `${table.dataset.export}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function make(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  function equip(table) {
    const name = table.dataset.export;
    const choice = choices.get(name) ?? { column: -1, direction: 1, text: "" };
    choices.set(name, choice);
    const title = table.caption?.textContent.trim() || name;
    const tools = make("div", { className: "tools" });
    const heads = [...table.tHead.rows[0].cells];
    const order = (column, direction) => {
      Object.assign(choice, { column, direction });
      sort(table, column, direction);
    };
    heads.forEach((head, column) => {
      if ("picture" in head.dataset) return;
      const button = make("button", { type: "button", className: "sort" });
      button.append(...head.childNodes);
      head.append(button);
      // The first click on numbers sorts the largest first.
      const down = head.classList.contains("num") ? -1 : 1;
      button.addEventListener("click", () => order(column, choice.column === column ? -choice.direction : down));
    });
    if (groupsOf(table).length >= FILTER_FROM_ROWS) {
      const input = make("input", { type: "search", placeholder: "Filter", value: choice.text });
      input.setAttribute("aria-label", `Filter: ${title}`);
      input.addEventListener("input", () => {
        choice.text = input.value;
        filter(table, input.value);
      });
      tools.append(input);
    }
    if (table.classList.contains("board")) {
      // A phone shows no heads of columns.
      const select = make("select", { className: "narrow" });
      select.setAttribute("aria-label", `Sort: ${title}`);
      heads.forEach((head, column) => {
        if (!("picture" in head.dataset)) select.append(make("option", { value: column, textContent: `By ${plain(head.textContent).toLowerCase()}` }));
      });
      select.value = String(Math.max(choice.column, 0));
      select.addEventListener("change", () => order(Number(select.value), heads[Number(select.value)].classList.contains("num") ? -1 : 1));
      tools.append(select);
    }
    const download = make("button", { type: "button", className: "quiet", textContent: "CSV" });
    download.setAttribute("aria-label", `Save as CSV: ${title}`);
    download.addEventListener("click", () => save(table));
    tools.append(download);
    (table.closest(".scroll") ?? table).before(tools);
    if (choice.column >= 0) sort(table, choice.column, choice.direction);
    if (choice.text) filter(table, choice.text);
  }

  // ---- tooltips
  const bubble = make("div", { id: "tip", className: "tip", hidden: true });
  bubble.setAttribute("role", "tooltip");
  document.body.append(bubble);
  let described = null;

  // The browser shows a title to the mouse only.
  function adopt(root) {
    for (const each of root.querySelectorAll("abbr[title], .tabs a[title], .book[title]")) {
      each.dataset.tip = each.title;
      each.removeAttribute("title");
      if (each.matches("abbr") && !each.closest("button, a")) each.tabIndex = 0;
    }
  }

  // A cell has the tooltip of its column, whose head a phone does not show.
  function headOf(cell) {
    const heads = [...cell.closest("table").tHead.rows[0].cells];
    return heads.find((head) => plain(head.textContent) === cell.dataset.label)?.querySelector("[data-tip]");
  }

  function ownerOf(target) {
    const cell = target.closest("td[data-label]");
    const own = target.closest("[data-tip]") ?? target.closest("button.sort")?.querySelector("[data-tip]");
    if (own) return [own, own.dataset.tip];
    return cell ? [cell, headOf(cell)?.dataset.tip] : [null, null];
  }

  function show(target) {
    const [owner, text] = target.closest ? ownerOf(target) : [null, null];
    if (!text) return hide();
    bubble.textContent = text;
    bubble.hidden = false;
    const place = owner.getBoundingClientRect();
    const left = Math.max(8, Math.min(place.left, document.documentElement.clientWidth - bubble.offsetWidth - 8));
    bubble.style.left = `${left + scrollX}px`;
    bubble.style.top = `${place.bottom + 6 + scrollY}px`;
    described?.removeAttribute("aria-describedby");
    described = owner.closest("button, a") ?? owner;
    described.setAttribute("aria-describedby", "tip");
  }

  function hide() {
    bubble.hidden = true;
    described?.removeAttribute("aria-describedby");
    described = null;
  }

  addEventListener("mouseover", (event) => show(event.target));
  addEventListener("focusin", (event) => show(event.target));
  addEventListener("focusout", hide);
  addEventListener("click", (event) => show(event.target));
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  function start(root) {
    adopt(root);
    for (const table of root.querySelectorAll("table[data-export]")) equip(table);
  }
  document.addEventListener("slate:replaced", (event) => start(event.detail));
  start(document);
})();
