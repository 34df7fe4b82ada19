/** The front door: for now the list of dashboards is the home. */
import { Redirect } from 'wouter';

export default function HomePage() {
  return <Redirect to="/dashboards" replace />;
}
