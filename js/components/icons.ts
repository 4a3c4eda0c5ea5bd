import { LabIcon } from '@jupyterlab/ui-components';

/* A paper plane; the badge shows the result of the last publish. */
const plane =
  '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M22 2 14.6 22l-4-8.600L2 9.400zM17.300 5.500 6.700 9.400l4.600 2.100zM18.500 6.700l-6 6 2.100 4.600z"/>';

function svg(badge = ''): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">${plane}${badge}</svg>`;
}

/* Different shapes, so that nothing depends on colour alone. */
const halo = '<circle class="jp-rsc-badge-halo" cx="17" cy="17" r="7"/>';
const dot = `${halo}<circle class="jp-rsc-badge-busy" cx="18" cy="18" r="4.5"/>`;
const tick = `${halo}<path class="jp-rsc-badge-ok" d="m12.500 17.500 3.500 3.500 6.500-8"/>`;
const cross = `${halo}<path class="jp-rsc-badge-failed" d="m13.500 13.500 8 8m0-8-8 8"/>`;

export const publishIcon = new LabIcon({ name: 'rsconnect-jupyter:publish', svgstr: svg() });
export const publishingIcon = new LabIcon({
  name: 'rsconnect-jupyter:publishing',
  svgstr: svg(dot)
});
export const publishedIcon = new LabIcon({
  name: 'rsconnect-jupyter:published',
  svgstr: svg(tick)
});
export const failedIcon = new LabIcon({
  name: 'rsconnect-jupyter:failed',
  svgstr: svg(cross)
});

/* Two columns. */
export const compareIcon = new LabIcon({
  name: 'rsconnect-jupyter:compare',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="M3 4h8v16H3zm2 2v12h4V6zm8-2h8v16h-8z"/></svg>'
});

/* A page with lines. */
export const previewIcon = new LabIcon({
  name: 'rsconnect-jupyter:preview',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="M5 2h14v20H5zm2 2v16h10V4zm2 3h6v2H9zm0 4h6v2H9zm0 4h4v2H9z"/></svg>'
});

/* A crossed-out eye: readers will not see this cell's code. */
export const hideCodeIcon = new LabIcon({
  name: 'rsconnect-jupyter:hide-code',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="M12 6c4.4 0 7.8 2.9 9.6 6-.8 1.4-1.9 2.7-3.3 3.8l-1.4-1.4c.9-.7 1.7-1.5 2.3-2.4C17.600 9.600 15 8 12 8c-.8 0-1.500.1-2.200.3L8.200 6.700C9.400 6.200 10.700 6 12 6zM3.500 2.100 21.900 20.500l-1.400 1.400-3.700-3.700c-1.400.5-3 .8-4.800.8-4.400 0-7.800-2.900-9.600-7 .8-1.700 2-3.200 3.400-4.300L2.100 3.500zM7.200 9.200C6.100 9.900 5.200 10.900 4.600 12c1.600 3 4.300 5 7.400 5 1.100 0 2.200-.2 3.200-.5l-1.700-1.700A3.500 3.500 0 0 1 8.700 10.700z"/></svg>'
});
