/** Runs once, as the server starts. Next compiles it for its edge runtime too, and drops there what the condition guards. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') (await import('./lib/leave-well.ts')).leaveWell();
}
