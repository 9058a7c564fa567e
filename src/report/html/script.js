'use strict';
(function () {
  const all = (root, what) => Array.from(root.querySelectorAll(what));
  // Tables whose head says so are sorted by a click on a column.
  for (const table of all(document, 'table[data-sort]')) {
    const heads = all(table, 'thead th');
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener('click', () => {
        const up = head.getAttribute('aria-sort') === 'descending';
        heads.forEach((h) => h.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
        const body = table.tBodies[0];
        const key = (row) => {
          const cell = row.cells[column];
          const text = cell ? cell.dataset.v || cell.textContent : '';
          const number = parseFloat(text);
          return Number.isNaN(number) ? text : number;
        };
        const order = (a, b) => {
          const [x, y] = [key(a), key(b)];
          if (typeof x === 'number' && typeof y === 'number') return x - y;
          if (typeof x === 'number') return 1;
          if (typeof y === 'number') return -1;
          return x.localeCompare(y);
        };
        const rows = Array.from(body.rows).sort(order);
        if (!up) rows.reverse();
        body.append(...rows);
      });
    });
  }
  // Lists of rows are searched, filtered and sorted.
  for (const list of all(document, '.rows')) {
    const tools = list.querySelector('.tools');
    if (!tools) continue;
    const box = list.querySelector('.list');
    const rows = all(box, 'details');
    const texts = new Map();
    const text = (row) => {
      if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
      return texts.get(row);
    };
    const [search, show, sort, open] = ['search', 'show', 'sort', 'open'].map((n) => tools.querySelector('[name=' + n + ']'));
    const said = tools.querySelector('output');
    let found = rows;
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const flag = show.value;
      found = [];
      for (const row of rows) {
        const is = (!flag || row.dataset.s.includes(flag)) && words.every((w) => text(row).includes(w));
        if (row.hidden === is) row.hidden = !is;
        if (is) found.push(row);
      }
      said.textContent = found.length + ' of ' + rows.length + ' rows';
    };
    const order = () => {
      const key = sort.value;
      const sorted = rows.slice();
      if (key) {
        const value = (row) => parseFloat(row.dataset[key]);
        sorted.sort((a, b) => (key === 'k' ? value(a) - value(b) : value(b) - value(a)));
      }
      // Groups of 200, as the page was written: what is far off is not laid out.
      const groups = [];
      for (let at = 0; at < sorted.length; at += 200) {
        const group = document.createElement('div');
        group.className = 'g';
        group.append(...sorted.slice(at, at + 200));
        groups.push(group);
      }
      box.replaceChildren(...groups);
    };
    let wait = 0;
    search.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(filter, 120); });
    show.addEventListener('change', filter);
    sort.addEventListener('change', order);
    open.addEventListener('click', () => {
      const shut = found.slice(0, 500).some((row) => !row.open);
      for (const row of found.slice(0, 500)) row.open = shut;
    });
    tools.hidden = false;
    said.textContent = rows.length + ' rows';
  }
  // A link to a row opens it.
  const go = () => {
    const row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.tagName === 'DETAILS') {
      row.hidden = false;
      row.open = true;
      row.scrollIntoView();
    }
  };
  window.addEventListener('hashchange', go);
  go();
})();
