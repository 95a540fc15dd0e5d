/** The subjects that each service hears. */
export const heard = {
  tickets: ['order:created', 'order:cancelled', 'order:completed'],
  orders: [
    'ticket:created',
    'ticket:updated',
    'ticket:refused',
    'payment:authorized',
    'payment:captured',
    'payment:failed',
    'expiration:complete',
  ],
  payments: ['order:created', 'order:reserved', 'order:claimed', 'order:completed', 'order:cancelled'],
  expiration: ['order:created', 'order:claimed', 'order:cancelled'],
};
