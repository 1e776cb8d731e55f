// What pages do without, but better with: parts that change by themselves, a filter, Ctrl+Enter.
'use strict';

// Keeps what someone has chosen on a page from being written over.
function busy(main) {
  const selection = document.getSelection();
  return selection && !selection.isCollapsed && main.contains(selection.anchorNode);
}

let asking = false;
let timer = 0;

async function refresh() {
  const main = document.querySelector('main[data-live]');
  if (!main || asking) return;
  asking = true;
  clearTimeout(timer);
  // In the background, too, if seldom: the server stops a query that nobody looks at.
  let wait = document.hidden ? 30000 : 1000;
  try {
    const answer = await fetch(location.href, { headers: { 'x-skep-live': '1' }, credentials: 'same-origin' });
    const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = parsed.querySelector('main');
    if (answer.ok && fresh && !busy(main)) show(main, fresh);
  } catch (error) {
    // The server may be beginning again.
    wait = Math.max(wait, 5000);
  }
  asking = false;
  timer = setTimeout(refresh, wait);
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
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
timer = setTimeout(refresh, 1000);
