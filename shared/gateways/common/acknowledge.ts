import type { Acknowledgement } from '../gateway.ts';

export function emptyAnswer(status: number): Acknowledgement {
  return { status, body: '' };
}

export function textAnswer(status: number, body: string): Acknowledgement {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

export function jsonAnswer(status: number, value: unknown): Acknowledgement {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}
