import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { silentLog } from '@ticketing/core/testing';
import { Gauge, createHealth, gaugeReader } from '@ticketing/runtime';
import express from 'express';
import { register } from 'prom-client';
import request from 'supertest';
import { collectProcessMetrics } from '../src/metrics.ts';

let gauge: Gauge;
beforeEach(() => {
  gauge = new Gauge({ name: 'things', help: 'Things in the store.', labelNames: ['kind'] });
});
afterEach(() => {
  register.removeSingleMetric('things');
  jest.useRealTimers();
});

const values = async () => (await gauge.get()).values.map(({ labels, value }) => [labels['kind'], value]);

it('a scrape has the present values of the gauges in the store', async () => {
  const health = createHealth();
  health.readGauges = gaugeReader([{ gauge, labels: { kind: 'good' }, read: () => Promise.resolve(7) }], silentLog);
  const { text } = await request(express().use(health.router)).get('/metrics').expect(200);
  expect(text).toContain('things{kind="good"} 7');
});

it('scrapes read the store once in ten seconds, however many there are', async () => {
  jest.useFakeTimers();
  const read = jest.fn(() => Promise.resolve(read.mock.calls.length));
  const scrape = gaugeReader([{ gauge, labels: { kind: 'good' }, read }], silentLog);
  await Promise.all([scrape(), scrape()]);
  jest.advanceTimersByTime(9_000);
  await scrape();
  expect(await values()).toEqual([['good', 1]]);
  jest.advanceTimersByTime(1_001);
  await scrape();
  expect(await values()).toEqual([['good', 2]]);
});

it('a gauge that can not be read, or not in time, is absent, and the others are not', async () => {
  jest.useFakeTimers();
  const scrape = gaugeReader(
    [
      { gauge, labels: { kind: 'broken' }, read: () => Promise.reject(new Error('the store is down')) },
      { gauge, labels: { kind: 'slow' }, read: () => new Promise(() => undefined) },
      { gauge, labels: { kind: 'good' }, read: () => Promise.resolve(7) },
    ],
    silentLog,
  );
  gauge.set({ kind: 'broken' }, 3);
  gauge.set({ kind: 'slow' }, 3);
  const scraped = scrape();
  await jest.advanceTimersByTimeAsync(2_000);
  await scraped;
  expect(await values()).toEqual([['good', 7]]);
});

it('a service without a bus does not report that it is disconnected, nor gauges of stores that it does not have', async () => {
  collectProcessMetrics();
  const text = await register.metrics();
  expect(text).not.toMatch(/^(bus_connected|outbox_documents|dead_letters|mongodb_\w+)\b/m);
  expect(text).toMatch(/^nodejs_eventloop_utilization [01]/m);
});
