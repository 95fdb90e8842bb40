package Starlight::Server;

# Serves a PSGI application that is in this process already: plackup -s Starlight, tests, programs that make their own app.
# This process is the parent. It starts Starlight, which speaks HTTP, and forks the children that answer.
#
#   Starlight::Server->new(port => 5000, max_workers => 10)->run($app);
#
# The arguments are those of Perl Starlight 0.0503. STARLIGHT_NODE names the Node program; default: node of the PATH.
use strict;
use warnings;
use Carp ();
use Cwd ();
use File::Basename ();
use IO::Handle ();
use POSIX ();
use Socket ();

my $here = File::Basename::dirname(Cwd::abs_path(__FILE__));
my $root = "$here/../../..";
require "$root/perl/starlight-host.pl";

# Argument => option. Values are passed on as they are.
my %option = (
    map({ $_ => tr/_/-/r }
        qw(host port socket timeout keepalive_timeout max_keepalive_reqs min_reqs_per_child spawn_interval main_process_delay),
        qw(ssl_key_file ssl_cert_file ssl_ca_file ssl_client_ca_file ssl_verify_mode user group umask pid error_log path_info)),
    max_workers        => 'workers',
    workers            => 'workers',
    max_reqs_per_child => 'max-reqs-per-child',
    server_software    => 'server-header',
);
delete $option{path_info};
my %switch = map { $_ => 1 } qw(ssl ipv6 quiet);
# Others give these to every server, or the ancestor took them and did nothing.
my %silent = map { $_ => 1 } qw(
    listen daemonize server_ready argv env err_respawn_interval psgi_app_builder server_port server_name interval
);

sub new {
    my ($class, %args) = @_;
    for my $name (sort keys %args) {
        next if $option{$name} || $switch{$name} || $silent{$name};
        Carp::carp("Starlight knows no argument \"$name\", it is ignored");
    }
    return bless {%args}, $class;
}

# For Plack::Loader, which sets what it knows about the application.
sub psgi_app_builder { $_[0]{psgi_app_builder} = $_[1] if @_ > 1; $_[0]{psgi_app_builder} }

# Serves until told to stop. Dies when Starlight cannot start or has failed.
sub run {
    my ($self, $app) = @_;
    my $told = $self->{daemonize} ? daemonize($self->{error_log}) : sub { };
    socketpair my $control, my $other, Socket::AF_UNIX(), Socket::SOCK_STREAM(), Socket::PF_UNSPEC()
        or die "Cannot make a control channel: $!\n";
    my $pid = $self->start($control, $other);
    close $other;
    my $status = $self->look_after($app, $pid, $control, $told);
    return if $status == 0;
    die sprintf "Starlight %s\n", $status & 127 ? 'was killed by signal ' . ($status & 127) : 'ended with code ' . ($status >> 8);
}

sub start {
    my ($self, $control, $other) = @_;
    my @command = ($ENV{STARLIGHT_NODE} || 'node', "$root/bin/starlight.js", $self->arguments);
    my $pid = fork;
    die "Cannot start Starlight: $!\n" unless defined $pid;
    return $pid if $pid;
    close $control;
    # A descriptor that has been made by dup2 stays open in the program.
    my $fd = fileno $other;
    if ($fd != 3) { POSIX::dup2($fd, 3) }
    else {
        require Fcntl;
        fcntl $other, Fcntl::F_SETFD(), 0;
    }
    # Names of this kind are options there.
    delete $ENV{STARLIGHT_NODE};
    setpgrp;    # ^C is meant for the parent, which passes it on
    exec { $command[0] } @command or do {
        print STDERR "Cannot start \"$command[0]\": $!, Node 20.19 is needed (or name it in STARLIGHT_NODE)\n";
        POSIX::_exit(127);
    };
}

sub arguments {
    my ($self) = @_;
    my %given = %$self;
    my @listen = ref $given{listen} eq 'ARRAY' ? @{ $given{listen} } : ();
    # What plackup wraps around the application in development is around it already.
    my @arguments = ('--interface=perl', '--zygote-fd=3', '--no-default-middleware');
    if (@listen > 1) {
        delete @given{qw(host port socket)};
        push @arguments, map {"--listen=$_"} @listen;
    }
    # plackup gives both; a socket alone is what its user asked for.
    elsif (defined $given{socket}) { delete @given{qw(host port)} }
    elsif (!defined $given{port})  { $given{port} = 8080 }
    for my $name (sort keys %given) {
        my $value = $given{$name};
        next unless defined $value && length $value;
        # There 0 is the default for the one, and one child for the other.
        next if $name eq 'max_reqs_per_child' && $value eq '0';
        if ($option{$name}) { push @arguments, "--$option{$name}=$value" }
        elsif ($switch{$name}) { push @arguments, "--$name=" . ($value ? 1 : 0) }
    }
    return @arguments;
}

sub look_after {
    my ($self, $app, $pid, $control, $told) = @_;
    my $status;
    {
        local $0 = $0;
        no warnings 'once';
        local $StarlightHost::control = $control;
        $control->autoflush(1);
        binmode $control;
        my $is_there = eval { StarlightHost::read_settings(); 1 };
        if ($is_there) {
            # Starlight has bound and dropped its own rights before it said a word.
            drop_rights($self->{user}, $self->{group});
            umask oct $self->{umask} if defined $self->{umask};
            StarlightHost::run_zygote(
                $self->{psgi_app_builder} ? undef : $app,
                $self->{psgi_app_builder},
                signal => sub { kill $_[0] => $pid unless defined $status },
                reaped => sub { $status = $_[1] if $_[0] == $pid },
                told   => sub {
                    $told->();
                    $self->{server_ready}->({ %$self, host => $self->{host}, port => $self->{port}, server_software => 'Starlight' })
                        if $self->{server_ready};
                },
            );
        }
        close $control;
    }
    if (!defined $status) {
        # A signal that comes now is for Starlight, too.
        local @SIG{qw(INT TERM QUIT)} = (sub { kill $_[0] => $pid }) x 3;
        1 while waitpid($pid, 0) < 0 && $!{EINTR};
        $status = $?;
    }
    return $status;
}

sub drop_rights {
    my ($user, $group) = @_;
    if (defined $group) {
        my @ids = map { /^\d+\z/ ? $_ : scalar getgrnam $_ } split /,/, $group;
        $) = join ' ', $ids[0], @ids;
        $( = $ids[0];
    }
    if (defined $user) {
        my $id = $user =~ /^\d+\z/ ? $user : getpwnam $user;
        ($<, $>) = ($id, $id);
    }
}

# The first process returns to its shell when requests are answered, or with 1 when they never are.
sub daemonize {
    my ($error_log) = @_;
    pipe my $ready, my $teller or die "Cannot make a pipe: $!\n";
    my $pid = fork;
    die "Cannot fork: $!\n" unless defined $pid;
    if ($pid) {
        close $teller;
        my $count = sysread $ready, my $word, 1;
        POSIX::_exit($count ? 0 : 1);
    }
    close $ready;
    POSIX::setsid();
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    return sub {
        syswrite $teller, '.';
        close $teller;
        open STDERR, '>>', defined $error_log ? $error_log : '/dev/null';
    };
}

1;
