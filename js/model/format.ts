/** Numbers as people read them. Pure. */

import type { TranslationBundle } from '@jupyterlab/translation';

const UNITS = ['B', 'kB', 'MB', 'GB'];

/** A size in bytes, as "1.2 MB". */
export function formatSize(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 99.5 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** "9.1 of 14.2 MB": both sides in the unit of the larger one. */
export function formatProgress(part: number, whole: number, trans: TranslationBundle): string {
  const [amount, unit] = formatSize(whole).split(' ');
  const power = Math.pow(1000, UNITS.indexOf(unit));
  const digits = amount.includes('.') ? 1 : 0;
  return trans.__('%1 of %2 %3', (part / power).toFixed(digits), amount, unit);
}

/** Milliseconds as a clock: "0:08", "1:02:41". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const rest = String(seconds % 60).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes}:${rest}`;
  }
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

/** How long ago, as "3 days ago"; the empty string when `then` is no time. */
export function formatAge(then: string, now: number, trans: TranslationBundle): string {
  const seconds = Math.round((now - Date.parse(then)) / 1000);
  if (!Number.isFinite(seconds)) {
    return '';
  }
  if (seconds < 60) {
    return trans.__('just now');
  }
  if (seconds < 3600) {
    const minutes = Math.floor(seconds / 60);
    return trans._n('%1 minute ago', '%1 minutes ago', minutes, minutes);
  }
  if (seconds < 86400) {
    const hours = Math.floor(seconds / 3600);
    return trans._n('%1 hour ago', '%1 hours ago', hours, hours);
  }
  const days = Math.floor(seconds / 86400);
  return trans._n('%1 day ago', '%1 days ago', days, days);
}

/** A time as the reader's own clock shows it, for tooltips. */
export function formatTime(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? '' : at.toLocaleString();
}

/** A moment to come, to the minute: with the day of the week, and the time zone of this browser. */
export function formatMoment(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime())
    ? ''
    : at.toLocaleString(undefined, {
        weekday: 'short',
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: 'numeric',
        minute: '2-digit',
        timeZoneName: 'short'
      });
}
