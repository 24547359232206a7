// How late the control tick is and how long a reaction takes, over the last minutes.

import { setFacts } from '../dom.js';
import { Plot } from '../plot.js';

const figure = (key) => (figures) => (typeof figures[key] === 'number' && Number.isFinite(figures[key]) ? figures[key] : null);

export class TimingPanel {
  constructor(root) {
    const host = root.querySelector('.plots');
    this.empty = root.querySelector('.timing .empty');
    this.figures = root.querySelector('.figures');
    this.plots = [
      new Plot(host, 'Tick lateness', 'µs', [
        { label: 'median', value: figure('lateness_p50_us') }, { label: '99 %', value: figure('lateness_p99_us') },
        { label: 'worst', value: figure('lateness_max_us') },
      ], { isLogarithmic: true }),
      new Plot(host, 'Sensing to playing', 'ms', [{ label: 'latency', value: figure('latency_ms') }]),
    ];
  }

  update(robot) {
    const { scheduler } = robot;
    this.empty.hidden = scheduler !== null;
    for (const plot of this.plots) plot.draw(robot.history, performance.now());
    if (!scheduler) return;
    const count = (key) => figure(key)(scheduler)?.toLocaleString('en') ?? null;
    setFacts(this.figures, {
      'control ticks': count('ticks'), late: count('late'), 'periods skipped': count('skipped'),
      'frames played': count('frames_played'), 'frames missed': count('frames_missed'), fallbacks: count('fallbacks'),
      'limiter at work': count('interventions'), 'limits violated': count('violations'),
    });
  }
}
