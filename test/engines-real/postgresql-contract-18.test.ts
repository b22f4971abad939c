import { contractOf } from './postgresql-majors.ts';

contractOf('18');
