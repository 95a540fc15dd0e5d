import express from 'express';
import { createConnection } from 'mongoose';
import { storeOptions } from '@ticketing/core/mongo';

/**
 * The baseline for everything that answers over HTTP: routes with nothing around them, on the same driver with the same
 * options. Started by baselines.ts as a process of its own, without V8 options.
 */
const { PORT = '0', MONGO_URL = '' } = process.env;
const connection = await createConnection(MONGO_URL, storeOptions).asPromise();
const documents = connection.getClient().db('bare').collection<{ _id: string }>('documents');
const tickets = connection.getClient().db('ticketing-tickets').collection('tickets');
const orders = connection.getClient().db('ticketing-orders').collection('orders');

const app = express();
app.disable('x-powered-by');
app.disable('etag');
let bytes = '';

/** Sets the body of `GET /bytes`. */
app.put('/bytes', express.text({ limit: '1mb' }), (req, res) => {
  bytes = req.body as string;
  res.end();
});
app.get('/bytes', (_req, res) => {
  res.type('json').send(bytes);
});
app.post('/insert', express.json(), async (req, res) => {
  const document = req.body as { _id: string };
  await documents.insertOne(document);
  res.status(201).json(document);
});
app.get('/find/:id', async (req, res) => {
  res.json(await documents.findOne({ _id: req.params.id }));
});
/** The query behind one page of the list, and nothing else. */
app.get('/page', async (_req, res) => {
  const closesAt = { $gt: new Date().toISOString() };
  res.json(await tickets.find({ status: 'listed', closesAt }).sort({ _id: -1 }).limit(21).toArray());
});
/** The query behind one page of a buyer's orders. */
app.get('/mine/:id', async (req, res) => {
  res.json(await orders.find({ userId: req.params.id }).sort({ createdAt: -1, _id: -1 }).limit(21).toArray());
});

app.listen(Number(PORT), '127.0.0.1');
