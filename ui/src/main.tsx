/** The page's beginning: styles, the query cache, the router. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import { App } from './App';
import { askAhead } from './ahead';
import { ApiError } from './api/client';

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      // A bad query stays bad; only a lab that did not answer is asked again.
      retry: (count, error) => count < 2 && error instanceof ApiError && error.status === 0,
      refetchOnWindowFocus: false,
      gcTime: 60_000,
    },
  },
});

askAhead(cache, window.location.pathname);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={cache}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
