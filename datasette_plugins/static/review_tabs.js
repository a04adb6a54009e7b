// On a phone the row of review pages is wider than the screen: bring the page one is on into view.
const here = document.querySelector(".review-tabs [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - (here.parentElement.clientWidth - here.offsetWidth) / 2;
