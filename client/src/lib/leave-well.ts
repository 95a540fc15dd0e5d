/** Ends with 0 after SIGTERM: Next answers what is under way, then leaves with 143, which supervisors take for a failure. */
export function leaveWell(): void {
  process.on('exit', (code) => {
    if (code === 143) process.exitCode = 0;
  });
}
