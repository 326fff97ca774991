/** Says what a long step is doing: one line that changes in a terminal, plain lines elsewhere. */
export type Progress = {
  step(text: string): void;
  count(text: string, done: number, total: number): void;
  end(): void;
};

const BAR_WIDTH = 24;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let last = '';
  let lastShare = -1;
  return {
    step(text) {
      if (last) stream.write('\n');
      last = '';
      stream.write(`${text}\n`);
    },
    count(text, done, total) {
      const share = total === 0 ? 1 : done / total;
      if (stream.isTTY) {
        const full = Math.round(share * BAR_WIDTH);
        last = `${text.padEnd(10)} ${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${done}/${total}`;
        stream.write(`\r\u001b[K${last}`);
        return;
      }
      // Elsewhere a line for each tenth is enough.
      const tenth = Math.floor(share * 10);
      if (text !== last || tenth !== lastShare) stream.write(`${text} ${done}/${total}\n`);
      last = text;
      lastShare = tenth;
    },
    end() {
      if (stream.isTTY && last) stream.write('\n');
      last = '';
    },
  };
}
