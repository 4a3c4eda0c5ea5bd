/** What JupyterLab's packages expect of a browser and jsdom lacks. */

class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): never[] {
    return [];
  }
}

const shims: Record<string, unknown> = {
  DragEvent: class extends Event {},
  IntersectionObserver: Observer,
  ResizeObserver: Observer,
  matchMedia: () => ({
    matches: false,
    addListener: () => {},
    removeListener: () => {},
    addEventListener: () => {},
    removeEventListener: () => {}
  }),
  IS_REACT_ACT_ENVIRONMENT: true
};

for (const [name, value] of Object.entries(shims)) {
  if (Reflect.get(globalThis, name) === undefined) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}
