// A link into the dashboard keeps its place (#/apps/…) through the sign-in form.
const form = document.querySelector('form');
form.action += location.hash;
