import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export type ChartSeries = {
  readonly values: readonly (number | null)[];
  /** A custom property of the style sheet. */
  readonly color: string;
  readonly isFilled?: boolean;
  readonly isDashed?: boolean;
};

type Props = {
  /** What the chart shows, for those who do not see it. */
  label: string;
  endMs: number;
  stepMs: number;
  series: readonly ChartSeries[];
  /** The scale reaches at least this far. */
  leastTop: number;
  formatValue(value: number): string;
  formatTime(atMs: number): string;
};

const HEIGHT = 180;

/** A line chart over the last minutes, redrawn when the colours or the width change. */
export function Chart(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const plot = useRef<uPlot>(undefined);
  latest.current = props;

  useEffect(() => {
    const { current: element } = place;
    if (!element) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(element, latest), dataOf(latest.current), element);
    };
    draw();
    const resizing = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resizing.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      resizing.disconnect();
      scheme.removeEventListener('change', draw);
      plot.current?.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData(dataOf(props)), [props]);

  return <div class="chart" ref={place} role="img" aria-label={props.label} />;
}

function dataOf({ endMs, stepMs, series }: Props): uPlot.AlignedData {
  const count = series[0]?.values.length ?? 0;
  const times = Array.from({ length: count }, (_, at) => (endMs - (count - at) * stepMs) / 1000);
  return [times, ...series.map(({ values }) => [...values])];
}

function optionsFor(element: HTMLElement, latest: { readonly current: Props }): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, topFor(latest.current, most)] } },
    axes: [
      {
        ...axis,
        size: 28,
        incrs: [60, 120, 300],
        values: (_, splits) => splits.map((at) => latest.current.formatTime(at * 1000)),
      },
      {
        ...axis,
        size: 58,
        values: (_, splits) => splits.map((value) => latest.current.formatValue(value)),
      },
    ],
    series: [{}, ...latest.current.series.map((one) => seriesOptions(one, color))],
  };
}

/** Dashed lines are limits: they are shown when the values come near, and do not squeeze them. */
function topFor({ series, leastTop }: Props, most: number | null): number {
  const values = series.filter(({ isDashed }) => !isDashed).flatMap((one) => one.values);
  const largest = Math.max(0, ...values.map((value) => value ?? 0));
  return Math.max(leastTop, Math.min(largest, most ?? largest) * 1.15);
}

function seriesOptions(
  { color: name, isFilled, isDashed }: ChartSeries,
  color: (name: string) => string,
): uPlot.Series {
  return {
    stroke: color(name),
    width: isDashed ? 1 : 2,
    points: { show: false },
    ...(isFilled && { fill: `${color(name)}22` }),
    ...(isDashed && { dash: [5, 5] }),
  };
}
