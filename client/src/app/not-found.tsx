import type { Metadata } from 'next';
import { NotFoundPage } from '../components/not-found-page.tsx';

export const metadata: Metadata = { title: 'Not found' };

export default NotFoundPage;
