/** The frame around every page: navigation, theme, and the page that the address names. */
import { Suspense } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import './App.css';
import { ThemeSwitch } from './components/ThemeSwitch';
import { PAGES } from './pages';
import { Shortcuts } from './shortcuts/Shortcuts';
import { Tour } from './tour/Tour';

export function App() {
  const [location] = useLocation();
  return (
    <div className="app">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="app-bar">
        <Link href="/" className="brand" aria-label="Dicelab, home">
          <span className="brand-die" aria-hidden="true" />
          Dicelab
        </Link>
        <nav aria-label="Pages">
          {PAGES.filter(({ menu }) => menu).map(({ path, menu }) => (
            <Link
              key={path}
              href={path}
              aria-current={location.startsWith(path) && path !== '/' ? 'page' : undefined}
            >
              {menu}
            </Link>
          ))}
        </nav>
        <Tour />
        <Shortcuts />
        <ThemeSwitch />
      </header>
      <main id="content" className="app-content" tabIndex={-1}>
        <Suspense fallback={<p className="app-wait">Loading…</p>}>
          <Switch>
            {PAGES.map(({ path, page: Page }) => (
              <Route key={path} path={path}>
                <Page />
              </Route>
            ))}
            <Route>
              <p className="app-wait">
                There is no page here. <Link href="/dashboards">See the dashboards</Link>
              </p>
            </Route>
          </Switch>
        </Suspense>
      </main>
    </div>
  );
}
