import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../infra/local/tools.ts';
import { routes, services } from '../services.ts';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const find = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**', '**/.next/**'] });

/** The files of the lab, and those of the proof that it preloads. */
const excluded = ['scripts/lab', 'proof'];
const ofTheLab = /scripts\/lab|proof\/|lab\/(?:preload|main|app)|shifted-clock|faulty-bus/;

describe('the failure lab', () => {
  it('is outside of what images are built from', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(excluded));
    expect(ignored.filter((line) => line.startsWith('!'))).toEqual([]);
  });

  it('is copied into no image', () => {
    const dockerfiles = find('infra/docker/*Dockerfile');
    expect(dockerfiles.length).toBeGreaterThan(2);
    const sources = dockerfiles
      .flatMap((file) => read(file).split('\n'))
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) =>
        line
          .split(/\s+/)
          .slice(1, -1)
          .filter((word) => !word.startsWith('--')),
      )
      .map((source) => path.normalize(source).replace(/\/$/, ''));
    expect(sources.length).toBeGreaterThan(20);
    const holders = excluded.flatMap((folder) => [folder, path.dirname(folder), '.']);
    expect(sources.filter((source) => holders.includes(source) || ofTheLab.test(source))).toEqual([]);
  });

  it('is imported, preloaded or named by no service, page, router, manifest or image', () => {
    const shipped = find(
      `{${[...services, 'common', 'core', 'runtime', 'sandbox', 'client'].join()}}/**/*.{ts,tsx,json}`,
      'infra/local/router/*.ts',
      'infra/{k8s,docker}/**/*.{yaml,json,conf,Dockerfile}',
      '{skaffold.yaml,services.json}',
    ).filter((file) => !/(^|\/)test\/|\.test\.tsx?$/.test(file));
    expect(shipped.length).toBeGreaterThan(200);
    expect(shipped.filter((file) => ofTheLab.test(read(file)))).toEqual([]);
  });

  it('has no route in the router', () => {
    expect(routes.map(({ service }) => service).filter((one) => one !== 'client' && !services.includes(one))).toEqual(
      [],
    );
    expect(routes.filter(({ prefix }) => prefix.includes('lab'))).toEqual([]);
  });

  it('listens on loopback alone', () => {
    const [, host] = /listenAt\(server, \{ HOST: '([^']+)'/.exec(read('scripts/lab/main.ts')) ?? [];
    expect(host).toBe('127.0.0.1');
  });
});
