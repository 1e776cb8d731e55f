// What pages do without, but better with: parts that change by themselves, a filter, Ctrl+Enter.
'use strict';

// Keeps what a page is asked for from being written over while someone is at it.
function busy(main) {
  const selection = document.getSelection();
  return document.hidden || (selection && !selection.isCollapsed && main.contains(selection.anchorNode));
}

async function refresh() {
  const main = document.querySelector('main[data-live]');
  if (!main) return;
  let wait = 1000;
  if (!busy(main)) {
    try {
      const answer = await fetch(location.href, { headers: { 'x-skep-live': '1' }, credentials: 'same-origin' });
      const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = parsed.querySelector('main');
      if (answer.ok && fresh) show(main, fresh);
    } catch (error) {
      // The server may be beginning again.
      wait = 5000;
    }
  }
  setTimeout(refresh, wait);
}

// Puts the new content in the place of the old; what is open stays open, what is typed stays typed.
function show(main, fresh) {
  const open = new Set([...main.querySelectorAll('details[open][id]')].map((one) => one.id));
  const scrolled = [...main.querySelectorAll('.scroll')].map((one) => one.scrollLeft);
  const kept = main.querySelector('form[data-keep]');
  const place = fresh.querySelector('form[data-keep]');
  if (kept && place) {
    const [old, now] = [main.querySelector('#answer'), fresh.querySelector('#answer')];
    if (old && now) old.replaceWith(now);
  } else {
    main.replaceChildren(...fresh.childNodes);
  }
  if (!fresh.hasAttribute('data-live')) main.removeAttribute('data-live');
  for (const one of main.querySelectorAll('details[id]')) if (open.has(one.id)) one.open = true;
  main.querySelectorAll('.scroll').forEach((one, at) => { if (scrolled[at]) one.scrollLeft = scrolled[at]; });
}

document.addEventListener('keydown', (event) => {
  const form = event.target.closest && event.target.closest('form.editor');
  if (form && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

document.addEventListener('change', (event) => {
  const form = event.target.closest('form[data-submit]');
  if (form) form.requestSubmit();
});

document.addEventListener('input', (event) => {
  const rows = event.target.dataset && event.target.dataset.filter;
  if (!rows) return;
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const row of document.querySelectorAll(rows)) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
});

document.documentElement.classList.add('scripted');
setTimeout(refresh, 1000);
