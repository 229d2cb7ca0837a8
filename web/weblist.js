'use strict';
(() => {
  const lines = [...document.querySelectorAll('details')];
  const hot = [...document.querySelectorAll('.s5, .s4, .s3')];
  const all = document.getElementById('all');
  let at = -1;
  const show = (step) => {
    if (hot.length > 0) {
      at = (at + step + hot.length) % hot.length;
      hot[at].tabIndex = 0;
      hot[at].focus({ preventScroll: true });
      hot[at].scrollIntoView({ block: 'center' });
    }
  };
  all.hidden = lines.length === 0;
  document.getElementById('hot').hidden = hot.length === 0;
  document.getElementById('hot').addEventListener('click', () => show(1));
  all.addEventListener('click', () => {
    const open = all.getAttribute('aria-pressed') === 'false';
    lines.forEach((line) => { line.open = open; });
    all.setAttribute('aria-pressed', String(open));
    all.textContent = open ? 'Fold all' : 'Unfold all';
  });
  document.addEventListener('keydown', (event) => {
    if (!event.ctrlKey && !event.altKey && !event.metaKey && (event.key === 'n' || event.key === 'p')) {
      show(event.key === 'n' ? 1 : at < 0 ? 0 : -1);
    }
  });
})();
