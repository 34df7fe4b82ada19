/** The map: a box for each service, an arrow for each call. On a narrow screen it reads from top to bottom. */
import { type KeyboardEvent, useId, useRef } from 'react';
import { useSize } from '../../components/useSize';
import type { Edge, Graph, Node } from '../../services/graph';
import { type Layout, layoutOf, type Place } from '../../services/layout';
import { durationText, errorsText, rateText, redText } from './numbers';

/** A box, and the room between two of them, in pixels. */
const BOX = { width: 188, height: 62 };
const ROOM = { along: 80, across: 26 };
const MARGIN = 14;
/** Letters of a name that fit into a box. */
const LONGEST = 24;
/** Below this width the layers stand below each other. */
const NARROW = 700;

interface ServiceMapProps {
  graph: Graph;
  service: string | undefined;
  onService: (service: string | undefined) => void;
}

export function ServiceMap({ graph, service, onService }: ServiceMapProps) {
  const frame = useRef<HTMLElement>(null);
  const arrow = useId();
  const { width } = useSize(frame);
  const layout = layoutOf(graph);
  const map = new Map2d(layout, width > 0 && width < NARROW);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className="service-map" ref={frame} tabIndex={0} aria-label="Service map">
      {/* biome-ignore lint/a11y/useSemanticElements: SVG has no group of fields */}
      <svg width={map.width} height={map.height} role="group" aria-label="Who calls whom">
        <defs>
          <marker
            id={arrow}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8z" className="service-arrow" />
          </marker>
        </defs>
        {graph.edges.map((edge) => (
          <Arrow
            key={`${edge.client} ${edge.server} ${edge.connection}`}
            edge={edge}
            map={map}
            marker={arrow}
            dim={service !== undefined && edge.client !== service && edge.server !== service}
          />
        ))}
        {graph.nodes.map((node) => (
          <Box
            key={node.name}
            node={node}
            at={map.corner(node.name)}
            chosen={node.name === service}
            onChoose={() => onService(node.name === service ? undefined : node.name)}
          />
        ))}
      </svg>
    </section>
  );
}

interface Point {
  x: number;
  y: number;
}

/** A cubic Bézier curve: its ends, and between them the points that bend it. */
type Way = readonly [Point, Point, Point, Point];

/** The point at a part of the way, from 0 to 1. */
function pointOf([a, b, c, d]: Way, part: number): Point {
  const rest = 1 - part;
  const at = (key: keyof Point) =>
    rest ** 3 * a[key] + 3 * rest ** 2 * part * b[key] + 3 * rest * part ** 2 * c[key] + part ** 3 * d[key];
  return { x: at('x'), y: at('y') };
}

/** Places of the layout in pixels. */
class Map2d {
  readonly width: number;
  readonly height: number;

  constructor(
    private readonly layout: Layout,
    private readonly isNarrow: boolean,
  ) {
    const { layers, widest } = layout;
    const size = (count: number, box: number, room: number) =>
      Math.max(count, 1) * (box + room) - room + 2 * MARGIN;
    const roomAlong = isNarrow ? ROOM.along / 2 : ROOM.along;
    this.width = isNarrow ? size(widest, BOX.width, ROOM.across) : size(layers, BOX.width, roomAlong);
    this.height = isNarrow ? size(layers, BOX.height, roomAlong) : size(widest, BOX.height, ROOM.across);
  }

  /** The upper left corner of a service's box. */
  corner(name: string): Point {
    const { layer, across } = this.place(name);
    if (this.isNarrow) {
      return {
        x: this.width / 2 + across * (BOX.width + ROOM.across) - BOX.width / 2,
        y: MARGIN + layer * (BOX.height + ROOM.along / 2),
      };
    }
    return {
      x: MARGIN + layer * (BOX.width + ROOM.along),
      y: this.height / 2 + across * (BOX.height + ROOM.across) - BOX.height / 2,
    };
  }

  /** The way of an arrow, and where its text stands. */
  way(client: string, server: string): { path: string; label: Point } {
    const [from, to] = [this.corner(client), this.corner(server)];
    const along = this.isNarrow ? 'y' : 'x';
    const size = this.isNarrow ? BOX.height : BOX.width;
    const isForward = to[along] > from[along];
    const start = this.side(from, isForward ? size : 0);
    const end = this.side(to, isForward ? 0 : size);
    const distance = Math.abs(end[along] - start[along]);
    const bend = Math.max(distance / 2, 24) * (isForward ? 1 : -1);
    const bent = (point: Point, by: number): Point =>
      this.isNarrow ? { x: point.x, y: point.y + by } : { x: point.x + by, y: point.y };
    const way: Way = [start, bent(start, bend), bent(end, -bend), end];
    const [a, b, c, d] = way.map(({ x, y }) => `${x} ${y}`);
    // In its middle, a way past a whole layer may lie behind a box.
    return { path: `M${a}C${b} ${c} ${d}`, label: pointOf(way, distance > size ? 0.2 : 0.5) };
  }

  private side({ x, y }: Point, along: number): Point {
    return this.isNarrow ? { x: x + BOX.width / 2, y: y + along } : { x: x + along, y: y + BOX.height / 2 };
  }

  private place(name: string): Place {
    return this.layout.places.get(name) ?? { layer: 0, across: 0 };
  }
}

interface ArrowProps {
  edge: Edge;
  map: Map2d;
  marker: string;
  dim: boolean;
}

function Arrow({ edge, map, marker, dim }: ArrowProps) {
  if (edge.client === edge.server) return null;
  const { path, label } = map.way(edge.client, edge.server);
  return (
    <g className="service-edge" data-bad={edge.errors > 0 || undefined} data-dim={dim || undefined}>
      <title>{`${edge.client} calls ${edge.server}: ${redText(edge)}`}</title>
      <path
        d={path}
        markerEnd={`url(#${marker})`}
        strokeWidth={1.2 + Math.min(Math.log10(1 + edge.rate), 3)}
      />
      <text x={label.x} y={label.y - 5}>
        {rateText(edge)}
      </text>
    </g>
  );
}

interface BoxProps {
  node: Node;
  at: Point;
  chosen: boolean;
  onChoose: () => void;
}

function Box({ node, at, chosen, onChoose }: BoxProps) {
  const choose = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    onChoose();
  };
  const failed = node.errors * BOX.width;
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button
    <g
      className="service-node"
      transform={`translate(${at.x} ${at.y})`}
      role="button"
      tabIndex={0}
      aria-pressed={chosen}
      data-service={node.name}
      data-traced={node.traced}
      onClick={onChoose}
      onKeyDown={choose}
    >
      <rect className="service-box" width={BOX.width} height={BOX.height} rx="6" />
      <rect className="service-good" y={BOX.height - 4} width={BOX.width - failed} height="4" />
      <rect className="service-bad" x={BOX.width - failed} y={BOX.height - 4} width={failed} height="4" />
      <text className="service-name" x="10" y="20">
        {node.name.length > LONGEST && <title>{node.name}</title>}
        {shortened(node.name)}
      </text>
      <text className="service-number" x="10" y="36">
        {rateText(node)} {durationText(node) && `· ${durationText(node)}`}
      </text>
      <text className="service-number" x="10" y="51" data-bad={node.errors > 0 || undefined}>
        {errorsText(node)}
      </text>
    </g>
  );
}

/** As much of a name as fits into a box. */
function shortened(name: string): string {
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
}
