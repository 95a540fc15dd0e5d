'use client';
import { Button } from '@/ui/button.tsx';

export function PrintButton() {
  return (
    <div className="needs-scripts">
      <Button
        variant="quiet"
        onClick={() => {
          window.print();
        }}
      >
        Print
      </Button>
    </div>
  );
}
