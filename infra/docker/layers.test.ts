import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packages } from '../../scripts/services.ts';
import { root } from '../local/tools.ts';

const dockerfiles = ['service', 'router', 'client'];

type Stage = { from: string; steps: string[] };

/** The stages of a Dockerfile by name; the last one, which has none, is `final`. A step is an instruction on one line. */
function stagesOf(name: string): Map<string, Stage> {
  const text = readFileSync(path.join(import.meta.dirname, `${name}.Dockerfile`), 'utf8');
  const instructions = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean);
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const instruction of instructions) {
    const [, from, as = 'final'] = /^FROM (\S+)(?: AS (\S+))?/.exec(instruction) ?? [];
    if (from === undefined) stage?.steps.push(instruction);
    else stages.set(as, (stage = { from, steps: [] }));
  }
  return stages;
}

/** All steps from the base image to the end of a stage. */
function history(stages: Map<string, Stage>, name: string): string[] {
  const stage = stages.get(name);
  return stage === undefined ? [name] : [...history(stages, stage.from), ...stage.steps];
}

/** For each step of a Dockerfile that installs packages: everything that its layer depends on. */
function installations(name: string): string[][] {
  const stages = stagesOf(name);
  return [...stages.keys()].flatMap((stage) => {
    const steps = history(stages, stage);
    return steps.flatMap((step, index) => (step.startsWith('RUN npm ci') ? [steps.slice(0, index + 1)] : []));
  });
}

describe('the images', () => {
  it('install their packages in three layers in all, however many images there are: a changed package.json costs three installations', () => {
    const distinct = new Set(dockerfiles.flatMap(installations).map((steps) => steps.join('\n')));
    expect(distinct.size).toBe(3);
    expect([...distinct].filter((steps) => steps.includes('SERVICE'))).toEqual([]);
  });

  it('of services differ in their own layers only, after all that they share', () => {
    const steps = history(stagesOf('service'), 'final');
    const own = steps.findIndex((step) => step.includes('SERVICE'));
    expect(steps.slice(0, own)).toEqual(
      expect.arrayContaining([
        'COPY --from=dependencies /app /app',
        ...packages.map((name) => `COPY --from=build /app/${name}/dist /app/${name}/dist`),
      ]),
    );
  });

  it('are built one after another, so that the first fills the cache for the others', () => {
    expect(readFileSync(path.join(root, 'skaffold.yaml'), 'utf8')).toMatch(/^ {4}concurrency: 1$/m);
  });

  it('listen on every address of both families', () => {
    const hosts = dockerfiles.flatMap((name) =>
      [...stagesOf(name).values()].flatMap(({ steps }) =>
        steps.flatMap((step) => [...step.matchAll(/\b(HOST|ADMIN_HOST)=(\S+)/g)].map(([, , host]) => host)),
      ),
    );
    expect(hosts.length).toBeGreaterThan(3);
    expect(new Set(hosts)).toEqual(new Set(['::']));
  });
});
