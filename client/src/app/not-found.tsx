import type { Metadata } from 'next';
import { NotFoundPage } from '@/components/not-found-page.tsx';

export const metadata: Metadata = { title: 'Page not found' };

export default NotFoundPage;
