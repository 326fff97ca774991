/** Controls that a screen reader could not name. */
[...document.querySelectorAll('button, select, a')]
  .filter((one) => {
    const labels = [...(one.labels ?? [])].map((label) => label.textContent).join('');
    return !(one.getAttribute('aria-label') ?? (labels || one.textContent)).trim();
  })
  .map((one) => one.outerHTML);
